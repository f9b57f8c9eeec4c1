using Millrace.Serialization;

namespace Millrace.State;

/// <summary>
/// Names a state and says what it holds. The name is the state's identity in checkpoints: keep it for the life of the job.
/// </summary>
public abstract class StateDescriptor
{
    private protected StateDescriptor(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
    }

    /// <summary>Name of the state, unique in its operator.</summary>
    public string Name { get; }

    /// <summary>How values expire; <see langword="null"/> = never.</summary>
    public StateTtlConfig? Ttl { get; private set; }

    /// <summary>The serializer of what a state holds.</summary>
    /// <exception cref="UnsupportedStateException">The type has none; the message names the state.</exception>
    private protected static TypeSerializer<T> SerializerOf<T>(string name, TypeSerializer<T>? own)
    {
        try
        {
            return own ?? TypeSerializers.For<T>();
        }
        catch (UnsupportedStateException exception)
        {
            throw new UnsupportedStateException($"state '{name}' cannot be kept: {exception.Message}", exception);
        }
    }

    /// <summary>Lets values expire.</summary>
    /// <param name="ttl">How.</param>
    public void EnableTimeToLive(StateTtlConfig ttl)
    {
        ArgumentNullException.ThrowIfNull(ttl);
        Ttl = ttl;
    }
}

/// <summary>Describes an <see cref="IAggregatingState{TIn, TOut}"/>.</summary>
/// <typeparam name="TIn">Type of the added values.</typeparam>
/// <typeparam name="TAcc">Type of the accumulator.</typeparam>
/// <typeparam name="TOut">Type of the result.</typeparam>
/// <param name="name">Name of the state, unique in its operator.</param>
/// <param name="create">An accumulator of no values.</param>
/// <param name="add">Adds a value to an accumulator.</param>
/// <param name="getResult">The result of an accumulator.</param>
/// <param name="serializer">Own serializer of accumulators; <see langword="null"/> = the type's.</param>
public sealed class AggregatingStateDescriptor<TIn, TAcc, TOut>(
    string name,
    Func<TAcc> create,
    Func<TIn, TAcc, TAcc> add,
    Func<TAcc, TOut> getResult,
    TypeSerializer<TAcc>? serializer = null
) : StateDescriptor(name)
{
    internal Func<TAcc> Create { get; } = create;

    internal Func<TIn, TAcc, TAcc> Add { get; } = add;

    internal Func<TAcc, TOut> GetResult { get; } = getResult;

    internal TypeSerializer<TAcc> Serializer { get; } = SerializerOf(name, serializer);
}

/// <summary>Describes an <see cref="IListState{T}"/>.</summary>
/// <typeparam name="T">Type of the elements.</typeparam>
/// <param name="name">Name of the state, unique in its operator.</param>
/// <param name="serializer">Own serializer of elements; <see langword="null"/> = the type's.</param>
public sealed class ListStateDescriptor<T>(string name, TypeSerializer<T>? serializer = null) : StateDescriptor(name)
{
    internal TypeSerializer<T> ElementSerializer { get; } = SerializerOf(name, serializer);
}

/// <summary>Describes an <see cref="IMapState{TMapKey, TMapValue}"/> or a broadcast state.</summary>
/// <typeparam name="TMapKey">Type of the map's keys.</typeparam>
/// <typeparam name="TMapValue">Type of the map's values.</typeparam>
/// <param name="name">Name of the state, unique in its operator.</param>
/// <param name="keySerializer">Own serializer of keys; <see langword="null"/> = the type's.</param>
/// <param name="valueSerializer">Own serializer of values; <see langword="null"/> = the type's.</param>
public sealed class MapStateDescriptor<TMapKey, TMapValue>(
    string name,
    TypeSerializer<TMapKey>? keySerializer = null,
    TypeSerializer<TMapValue>? valueSerializer = null
) : StateDescriptor(name)
    where TMapKey : notnull
{
    internal TypeSerializer<TMapKey> KeySerializer { get; } = SerializerOf(name, keySerializer);

    internal TypeSerializer<TMapValue> ValueSerializer { get; } = SerializerOf(name, valueSerializer);
}

/// <summary>Describes an <see cref="IReducingState{T}"/>.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
/// <param name="name">Name of the state, unique in its operator.</param>
/// <param name="reduce">Joins two values; must be associative.</param>
/// <param name="serializer">Own serializer; <see langword="null"/> = the type's.</param>
public sealed class ReducingStateDescriptor<T>(string name, Func<T, T, T> reduce, TypeSerializer<T>? serializer = null)
    : StateDescriptor(name)
{
    internal Func<T, T, T> Reduce { get; } = reduce;

    internal TypeSerializer<T> Serializer { get; } = SerializerOf(name, serializer);
}

/// <summary>Describes an <see cref="IValueState{T}"/>.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
/// <param name="name">Name of the state, unique in its operator.</param>
/// <param name="defaultValue">What a key without a value has.</param>
/// <param name="serializer">Own serializer; <see langword="null"/> = the type's.</param>
public sealed class ValueStateDescriptor<T>(string name, T? defaultValue = default, TypeSerializer<T>? serializer = null)
    : StateDescriptor(name)
{
    /// <summary>What a key without a value has.</summary>
    public T? DefaultValue { get; } = defaultValue;

    internal TypeSerializer<T> Serializer { get; } = Checked(SerializerOf(name, serializer), defaultValue);

    private static TypeSerializer<T> Checked(TypeSerializer<T> serializer, T? defaultValue)
    {
        if (defaultValue is not null && ValueCheck.IsNeeded(serializer.Schema))
        {
            ValueCheck.Require(serializer, defaultValue);
        }

        return serializer;
    }
}
