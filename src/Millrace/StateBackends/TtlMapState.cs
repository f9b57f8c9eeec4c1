using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Millrace.State;

namespace Millrace.StateBackends;

internal sealed class TtlMapState<TKey, TNamespace, TMapKey, TMapValue>(
    StateTable<TKey, TNamespace, Dictionary<TMapKey, Expiring<TMapValue>>> table,
    Namespaced<TNamespace> space,
    TtlClock clock
) : IMapState<TMapKey, TMapValue>
    where TKey : notnull
    where TNamespace : struct
    where TMapKey : notnull
{
    public bool IsEmpty => Entries.Count == 0;

    public IReadOnlyCollection<KeyValuePair<TMapKey, TMapValue>> Entries
    {
        get
        {
            List<KeyValuePair<TMapKey, TMapValue>> entries = [];
            foreach (TMapKey mapKey in Shown()?.Keys.ToArray() ?? [])
            {
                if (TryGetValue(mapKey, out TMapValue? value))
                {
                    entries.Add(new KeyValuePair<TMapKey, TMapValue>(mapKey, value));
                }
            }

            return entries;
        }
    }

    public bool TryGetValue(TMapKey mapKey, [MaybeNullWhen(false)] out TMapValue value)
    {
        value = default;
        if ((clock.RenewsOnRead ? Map() : Shown()) is not { } map)
        {
            return false;
        }

        ref Expiring<TMapValue> entry = ref CollectionsMarshal.GetValueRefOrNullRef(map, mapKey);
        if (Unsafe.IsNullRef(ref entry))
        {
            return false;
        }

        Expiring<TMapValue> seen = entry;
        bool alive = clock.IsAlive(ref entry);
        if (!alive)
        {
            Remove(mapKey);
        }

        value = alive || clock.ShowsExpired ? seen.Value : default;
        return alive || clock.ShowsExpired;
    }

    public bool Contains(TMapKey mapKey) => TryGetValue(mapKey, out _);

    public void Put(TMapKey mapKey, TMapValue value)
    {
        Dictionary<TMapKey, Expiring<TMapValue>> map = table.GetOrAdd(space.Current, out _) ??= [];
        map[mapKey] = clock.Stamp(value);
        if (map.Count == 1)
        {
            table.CheckFirst(map);
        }

        table.Sweep(clock.EntriesPerAccess);
    }

    public bool Remove(TMapKey mapKey)
    {
        if (Map() is not { } map || !map.Remove(mapKey, out Expiring<TMapValue> removed))
        {
            return false;
        }

        if (map.Count == 0)
        {
            Clear();
        }

        return !clock.IsExpired(removed.RenewedAt);
    }

    public void Clear() => table.Remove(space.Current);

    private Dictionary<TMapKey, Expiring<TMapValue>>? Shown()
    {
        ref readonly Dictionary<TMapKey, Expiring<TMapValue>> map = ref table.Show<TMapValue>(space.Current);
        return Unsafe.IsNullRef(in map) ? null : map;
    }

    private Dictionary<TMapKey, Expiring<TMapValue>>? Map()
    {
        ref Dictionary<TMapKey, Expiring<TMapValue>> map = ref table.Find(space.Current);
        return Unsafe.IsNullRef(ref map) ? null : map;
    }
}
