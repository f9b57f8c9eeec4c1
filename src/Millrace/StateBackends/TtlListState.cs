using System.Runtime.CompilerServices;
using Millrace.State;

namespace Millrace.StateBackends;

internal sealed class TtlListState<TKey, TNamespace, T>(
    StateTable<TKey, TNamespace, List<Expiring<T>>> table,
    Namespaced<TNamespace> space,
    TtlClock clock
) : IListState<T>
    where TKey : notnull
    where TNamespace : struct
{
    public IReadOnlyList<T> Get()
    {
        table.Sweep(clock.EntriesPerAccess);
        ref readonly List<Expiring<T>> list = ref table.Show<T>(space.Current);
        if (Unsafe.IsNullRef(in list))
        {
            return [];
        }

        if (!clock.RenewsOnRead && list.TrueForAll(element => !clock.IsExpired(element.RenewedAt)))
        {
            return [.. list.Select(element => element.Value)];
        }

        List<Expiring<T>> all = table.Find(space.Current);
        T[] seen =
        [
            .. (clock.ShowsExpired ? all : all.FindAll(element => !clock.IsExpired(element.RenewedAt))).Select(element => element.Value),
        ];
        all.RemoveAll(element => clock.IsExpired(element.RenewedAt));
        for (int i = 0; i < all.Count && clock.RenewsOnRead; i++)
        {
            all[i] = clock.Stamp(all[i].Value);
        }

        if (all.Count == 0)
        {
            Clear();
        }

        return seen;
    }

    public void Add(T value)
    {
        List<Expiring<T>> list = List();
        list.Add(clock.Stamp(value));
        if (list.Count == 1)
        {
            table.CheckFirst(list);
        }
    }

    public void AddAll(IEnumerable<T> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (T value in values)
        {
            Add(value);
        }
    }

    public void Update(IEnumerable<T> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        T[] replacement = [.. values];
        Clear();
        AddAll(replacement);
    }

    public void Clear() => table.Remove(space.Current);

    private List<Expiring<T>> List() => table.GetOrAdd(space.Current, out _) ??= [];
}
