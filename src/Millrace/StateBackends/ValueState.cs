using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Millrace.State;

namespace Millrace.StateBackends;

internal sealed class ValueState<TKey, TNamespace, T>(StateTable<TKey, TNamespace, T> table, Namespaced<TNamespace> space, T? defaultValue)
    : IValueState<T>
    where TKey : notnull
    where TNamespace : struct
{
    public bool HasValue => table.Contains(space.Current);

    public T? Value
    {
        get
        {
            ref readonly T value = ref table.Show<T>(space.Current);
            return Unsafe.IsNullRef(in value) ? defaultValue : value;
        }
    }

    public void Update(T value)
    {
        table.GetOrAdd(space.Current, out bool exists) = value;
        if (!exists)
        {
            table.CheckFirst(value);
        }
    }

    public void Clear() => table.Remove(space.Current);
}

internal sealed class ReducingState<TKey, TNamespace, T>(
    StateTable<TKey, TNamespace, T> table,
    Namespaced<TNamespace> space,
    Func<T, T, T> reduce
) : IReducingState<T>, IMergingState<TNamespace>
    where TKey : notnull
    where TNamespace : struct
{
    public bool IsEmpty => !table.Contains(space.Current);

    [return: MaybeNull]
    public T Get()
    {
        ref readonly T value = ref table.Show<T>(space.Current);
        return Unsafe.IsNullRef(in value) ? default : value;
    }

    public void Add(T value) => AddTo(space.Current, value);

    public void Clear() => table.Remove(space.Current);

    public void MergeNamespaces(TNamespace target, IReadOnlyCollection<TNamespace> sources)
    {
        foreach (TNamespace source in sources)
        {
            ref T value = ref table.Find(source);
            if (!Unsafe.IsNullRef(ref value) && !EqualityComparer<TNamespace>.Default.Equals(source, target))
            {
                T moved = value;
                table.Remove(source);
                AddTo(target, moved);
            }
        }
    }

    private void AddTo(TNamespace target, T value)
    {
        ref T current = ref table.GetOrAdd(target, out bool exists);
        current = exists ? reduce(current, value) : value;
        if (!exists)
        {
            table.CheckFirst(current);
        }
    }
}

internal sealed class AggregatingState<TKey, TNamespace, TIn, TAcc, TOut>(
    StateTable<TKey, TNamespace, TAcc> table,
    Namespaced<TNamespace> space,
    AggregatingStateDescriptor<TIn, TAcc, TOut> descriptor
) : IAggregatingState<TIn, TOut>
    where TKey : notnull
    where TNamespace : struct
{
    public bool IsEmpty => !table.Contains(space.Current);

    [return: MaybeNull]
    public TOut Get()
    {
        ref readonly TAcc accumulator = ref table.Show<TAcc>(space.Current);
        return Unsafe.IsNullRef(in accumulator) ? default : descriptor.GetResult(accumulator);
    }

    public void Add(TIn value)
    {
        ref TAcc accumulator = ref table.GetOrAdd(space.Current, out bool exists);
        accumulator = descriptor.Add(value, exists ? accumulator : descriptor.Create());
        if (!exists)
        {
            table.CheckFirst(accumulator);
        }
    }

    public void Clear() => table.Remove(space.Current);
}
