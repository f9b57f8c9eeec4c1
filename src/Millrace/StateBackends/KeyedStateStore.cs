using Millrace.Serialization;
using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>States of one scope of an operator (its keys, or its keys and windows), all working in the same current namespace.</summary>
internal sealed class KeyedStateStore<TKey, TNamespace>(
    KeyedStateBackend<TKey> backend,
    string scope,
    TypeSerializer<TNamespace> namespaces
) : IKeyedStateStore
    where TKey : notnull
    where TNamespace : struct
{
    private readonly Dictionary<string, IState> _states = new(StringComparer.Ordinal);
    private readonly Namespaced<TNamespace> _space = new();
    private StateDescriptor? _lastDescriptor;
    private IState? _lastState;

    public TNamespace Namespace
    {
        get => _space.Current;
        set => _space.Current = value;
    }

    /// <summary>Name of the table of a state.</summary>
    public static string TableOf(string scope, StateDescriptor descriptor) => $"{scope}/{descriptor.Name}";

    public IValueState<T> GetState<T>(ValueStateDescriptor<T> descriptor) =>
        (IValueState<T>)(Find(descriptor) ?? Keep(descriptor, Value(descriptor, descriptor.Serializer, descriptor.DefaultValue)));

    public IListState<T> GetListState<T>(ListStateDescriptor<T> descriptor)
    {
        if (Find(descriptor) is { } found)
        {
            return (IListState<T>)found;
        }

        if (descriptor.Ttl is not { } ttl)
        {
            return Keep(descriptor, new ListState<TKey, TNamespace, T>(Table(descriptor, Lists(descriptor.ElementSerializer)), _space));
        }

        TtlClock clock = backend.Clock(ttl);
        StateTable<TKey, TNamespace, List<Expiring<T>>> table = Table(
            descriptor,
            Lists(new ExpiringSerializer<T>(descriptor.ElementSerializer))
        );
        table.IsExpired = list => list.TrueForAll(element => clock.IsExpired(element.RenewedAt));
        return Keep(descriptor, new TtlListState<TKey, TNamespace, T>(table, _space, clock));
    }

    public IMapState<TMapKey, TMapValue> GetMapState<TMapKey, TMapValue>(MapStateDescriptor<TMapKey, TMapValue> descriptor)
        where TMapKey : notnull
    {
        if (Find(descriptor) is { } found)
        {
            return (IMapState<TMapKey, TMapValue>)found;
        }

        if (descriptor.Ttl is not { } ttl)
        {
            return Keep(
                descriptor,
                new MapState<TKey, TNamespace, TMapKey, TMapValue>(
                    Table(descriptor, Maps(descriptor.KeySerializer, descriptor.ValueSerializer)),
                    _space
                )
            );
        }

        TtlClock clock = backend.Clock(ttl);
        StateTable<TKey, TNamespace, Dictionary<TMapKey, Expiring<TMapValue>>> table = Table(
            descriptor,
            Maps(descriptor.KeySerializer, new ExpiringSerializer<TMapValue>(descriptor.ValueSerializer))
        );
        table.IsExpired = map => map.Values.All(value => clock.IsExpired(value.RenewedAt));
        return Keep(descriptor, new TtlMapState<TKey, TNamespace, TMapKey, TMapValue>(table, _space, clock));
    }

    public IReducingState<T> GetReducingState<T>(ReducingStateDescriptor<T> descriptor)
    {
        if (Find(descriptor) is { } found)
        {
            return (IReducingState<T>)found;
        }

        return descriptor.Ttl is null
            ? Keep(descriptor, new ReducingState<TKey, TNamespace, T>(Table(descriptor, descriptor.Serializer), _space, descriptor.Reduce))
            : Keep(
                descriptor,
                new TtlReducingState<T, T, T>(
                    Value(descriptor, descriptor.Serializer, default),
                    static value => value,
                    (value, reduced) => descriptor.Reduce(reduced, value),
                    static value => value
                )
            );
    }

    public IAggregatingState<TIn, TOut> GetAggregatingState<TIn, TAcc, TOut>(AggregatingStateDescriptor<TIn, TAcc, TOut> descriptor)
    {
        if (Find(descriptor) is { } found)
        {
            return (IAggregatingState<TIn, TOut>)found;
        }

        return descriptor.Ttl is null
            ? Keep(
                descriptor,
                new AggregatingState<TKey, TNamespace, TIn, TAcc, TOut>(Table(descriptor, descriptor.Serializer), _space, descriptor)
            )
            : Keep(
                descriptor,
                new TtlReducingState<TIn, TAcc, TOut>(
                    Value(descriptor, descriptor.Serializer, default),
                    value => descriptor.Add(value, descriptor.Create()),
                    descriptor.Add,
                    descriptor.GetResult
                )
            );
    }

    /// <summary>Clears all states of the current namespace for the current key.</summary>
    public void ClearAll()
    {
        foreach (IState state in _states.Values)
        {
            state.Clear();
        }
    }

    private static TypeSerializer<List<T>> Lists<T>(TypeSerializer<T> elements) => new ListSerializer<T>(elements)!;

    private static TypeSerializer<Dictionary<TMapKey, TMapValue>> Maps<TMapKey, TMapValue>(
        TypeSerializer<TMapKey> keys,
        TypeSerializer<TMapValue> values
    )
        where TMapKey : notnull =>
        new MapSerializer<Dictionary<TMapKey, TMapValue>, TMapKey, TMapValue>(keys, values, static (map, _) => map);

    private IState? Find(StateDescriptor descriptor)
    {
        if (ReferenceEquals(descriptor, _lastDescriptor))
        {
            return _lastState;
        }

        ArgumentNullException.ThrowIfNull(descriptor);
        if (_states.TryGetValue(descriptor.Name, out IState? state))
        {
            _lastDescriptor = descriptor;
            _lastState = state;
        }

        return state;
    }

    private TState Keep<TState>(StateDescriptor descriptor, TState state)
        where TState : IState
    {
        _states.Add(descriptor.Name, state);
        return state;
    }

    private IValueState<T> Value<T>(StateDescriptor descriptor, TypeSerializer<T> serializer, T? defaultValue)
    {
        if (descriptor.Ttl is not { } ttl)
        {
            return new ValueState<TKey, TNamespace, T>(Table(descriptor, serializer), _space, defaultValue);
        }

        TtlClock clock = backend.Clock(ttl);
        StateTable<TKey, TNamespace, Expiring<T>> table = Table(descriptor, new ExpiringSerializer<T>(serializer));
        table.IsExpired = value => clock.IsExpired(value.RenewedAt);
        return new TtlValueState<TKey, TNamespace, T>(table, _space, clock, defaultValue);
    }

    private StateTable<TKey, TNamespace, TValue> Table<TValue>(StateDescriptor descriptor, TypeSerializer<TValue> values) =>
        backend.CreateTable(TableOf(scope, descriptor), namespaces, values);
}

/// <summary>State that can be carried over when windows merge.</summary>
internal interface IMergingState<TNamespace>
{
    /// <summary>Merges the state of the sources into the target and removes the sources.</summary>
    void MergeNamespaces(TNamespace target, IReadOnlyCollection<TNamespace> sources);
}
