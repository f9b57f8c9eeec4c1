using System.Runtime.CompilerServices;
using Millrace.State;

namespace Millrace.StateBackends;

internal sealed class ListState<TKey, TNamespace, T>(StateTable<TKey, TNamespace, List<T>> table, Namespaced<TNamespace> space)
    : IListState<T>
    where TKey : notnull
    where TNamespace : struct
{
    public IReadOnlyList<T> Get()
    {
        ref readonly List<T> list = ref table.Show<T>(space.Current);
        return Unsafe.IsNullRef(in list) ? [] : list;
    }

    public void Add(T value)
    {
        List<T> list = List();
        list.Add(value);
        if (list.Count == 1)
        {
            table.CheckFirst(list);
        }
    }

    public void AddAll(IEnumerable<T> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        List<T> added = [.. values];
        if (added.Count > 0)
        {
            table.CheckFirst(added);
            List().AddRange(added);
        }
    }

    public void Update(IEnumerable<T> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        List<T> replacement = [.. values];
        if (replacement.Count == 0)
        {
            Clear();
            return;
        }

        table.CheckFirst(replacement);
        table.GetOrAdd(space.Current, out _) = replacement;
    }

    public void Clear() => table.Remove(space.Current);

    private List<T> List() => table.GetOrAdd(space.Current, out _) ??= [];
}
