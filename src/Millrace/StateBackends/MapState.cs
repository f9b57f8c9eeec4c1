using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Millrace.State;

namespace Millrace.StateBackends;

internal sealed class MapState<TKey, TNamespace, TMapKey, TMapValue>(
    StateTable<TKey, TNamespace, Dictionary<TMapKey, TMapValue>> table,
    Namespaced<TNamespace> space
) : IMapState<TMapKey, TMapValue>
    where TKey : notnull
    where TNamespace : struct
    where TMapKey : notnull
{
    public bool IsEmpty => !table.Contains(space.Current);

    public IReadOnlyCollection<KeyValuePair<TMapKey, TMapValue>> Entries => Shown() is { } map ? [.. map] : [];

    public bool TryGetValue(TMapKey mapKey, [MaybeNullWhen(false)] out TMapValue value)
    {
        if (Shown() is { } map)
        {
            return map.TryGetValue(mapKey, out value);
        }

        value = default;
        return false;
    }

    public bool Contains(TMapKey mapKey) => Peek()?.ContainsKey(mapKey) == true;

    public void Put(TMapKey mapKey, TMapValue value)
    {
        Dictionary<TMapKey, TMapValue> map = table.GetOrAdd(space.Current, out _) ??= [];
        map[mapKey] = value;
        if (map.Count == 1)
        {
            table.CheckFirst(map);
        }
    }

    public bool Remove(TMapKey mapKey)
    {
        if (Peek()?.ContainsKey(mapKey) != true)
        {
            return false;
        }

        Dictionary<TMapKey, TMapValue> map = table.Find(space.Current);
        map.Remove(mapKey);

        if (map.Count == 0)
        {
            Clear();
        }

        return true;
    }

    public void Clear() => table.Remove(space.Current);

    private Dictionary<TMapKey, TMapValue>? Shown()
    {
        ref readonly Dictionary<TMapKey, TMapValue> map = ref table.Show<TMapValue>(space.Current);
        return Unsafe.IsNullRef(in map) ? null : map;
    }

    private Dictionary<TMapKey, TMapValue>? Peek()
    {
        ref readonly Dictionary<TMapKey, TMapValue> map = ref table.Peek(space.Current);
        return Unsafe.IsNullRef(in map) ? null : map;
    }
}
