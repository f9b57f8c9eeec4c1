using System.Diagnostics.CodeAnalysis;
using Millrace.State;

namespace Millrace.StateBackends;

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
