using System.Runtime.CompilerServices;
using Millrace.State;

namespace Millrace.StateBackends;

internal sealed class TtlValueState<TKey, TNamespace, T>(
    StateTable<TKey, TNamespace, Expiring<T>> table,
    Namespaced<TNamespace> space,
    TtlClock clock,
    T? defaultValue
) : IValueState<T>
    where TKey : notnull
    where TNamespace : struct
{
    public bool HasValue => TryGet(out _);

    public T? Value => TryGet(out T? value) ? value : defaultValue;

    public void Update(T value)
    {
        Expiring<T> stamped = clock.Stamp(value);
        table.GetOrAdd(space.Current, out bool exists) = stamped;
        if (!exists)
        {
            table.CheckFirst(stamped);
        }

        table.Sweep(clock.EntriesPerAccess);
    }

    public void Clear() => table.Remove(space.Current);

    private bool TryGet(out T? value)
    {
        table.Sweep(clock.ShowsExpired ? 0 : clock.EntriesPerAccess);
        ref Expiring<T> entry = ref table.Find(space.Current);
        value = default;
        if (Unsafe.IsNullRef(ref entry))
        {
            return false;
        }

        value = entry.Value;
        if (clock.IsAlive(ref entry))
        {
            return true;
        }

        Clear();
        return clock.ShowsExpired;
    }
}
