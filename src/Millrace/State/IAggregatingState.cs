using System.Diagnostics.CodeAnalysis;

namespace Millrace.State;

/// <summary>An accumulator per key that every added value is aggregated into.</summary>
/// <typeparam name="TIn">Type of the added values.</typeparam>
/// <typeparam name="TOut">Type of the result.</typeparam>
public interface IAggregatingState<TIn, TOut> : IState
{
    /// <summary>Whether nothing was added for the key.</summary>
    bool IsEmpty { get; }

    /// <summary>The result so far; the type's default value when nothing was added.</summary>
    [return: MaybeNull]
    TOut Get();

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value.</param>
    void Add(TIn value);
}
