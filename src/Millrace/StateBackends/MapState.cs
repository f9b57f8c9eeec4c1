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
    public bool IsEmpty => Map() is null;

    public IReadOnlyCollection<KeyValuePair<TMapKey, TMapValue>> Entries => Map() is { } map ? [.. map] : [];

    public bool TryGet(TMapKey mapKey, [MaybeNullWhen(false)] out TMapValue value)
    {
        if (Map() is { } map)
        {
            return map.TryGetValue(mapKey, out value);
        }

        value = default;
        return false;
    }

    public bool Contains(TMapKey mapKey) => Map()?.ContainsKey(mapKey) == true;

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
        if (Map() is not { } map || !map.Remove(mapKey))
        {
            return false;
        }

        if (map.Count == 0)
        {
            Clear();
        }

        return true;
    }

    public void Clear() => table.Remove(space.Current);

    private Dictionary<TMapKey, TMapValue>? Map()
    {
        ref Dictionary<TMapKey, TMapValue> map = ref table.Find(space.Current);
        return Unsafe.IsNullRef(ref map) ? null : map;
    }
}
