using System.Diagnostics.CodeAnalysis;
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
        ref readonly Expiring<T> entry = ref table.Show<T>(space.Current);
        value = default;
        if (Unsafe.IsNullRef(in entry))
        {
            return false;
        }

        value = entry.Value;
        if (!clock.IsExpired(entry.RenewedAt))
        {
            if (clock.RenewsOnRead)
            {
                table.Find(space.Current) = clock.Stamp(entry.Value);
            }

            return true;
        }

        Clear();
        return clock.ShowsExpired;
    }
}

/// <summary>A reduced or aggregated value that expires as a whole.</summary>
internal sealed class TtlReducingState<TIn, TAcc, TOut>(
    IValueState<TAcc> state,
    Func<TIn, TAcc> first,
    Func<TIn, TAcc, TAcc> add,
    Func<TAcc, TOut> getResult
) : IReducingState<TIn>, IAggregatingState<TIn, TOut>
{
    public bool IsEmpty => !state.HasValue;

    [return: MaybeNull]
    public TOut Get() => state.HasValue ? getResult(state.Value!) : default;

    [return: MaybeNull]
    TIn IReducingState<TIn>.Get() => state.HasValue ? (TIn)(object)state.Value! : default;

    public void Add(TIn value) => state.Update(state.HasValue ? add(value, state.Value!) : first(value));

    public void Clear() => state.Clear();
}
