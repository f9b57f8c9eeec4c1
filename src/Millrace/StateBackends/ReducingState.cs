using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Millrace.State;

namespace Millrace.StateBackends;

internal sealed class ReducingState<TKey, TNamespace, T>(
    StateTable<TKey, TNamespace, T> table,
    Namespaced<TNamespace> space,
    Func<T, T, T> reduce
) : IReducingState<T>, IMergingState<TNamespace>
    where TKey : notnull
    where TNamespace : struct
{
    public bool IsEmpty => Unsafe.IsNullRef(ref table.Find(space.Current));

    [return: MaybeNull]
    public T Get()
    {
        ref T value = ref table.Find(space.Current);
        return Unsafe.IsNullRef(ref value) ? default : value;
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
