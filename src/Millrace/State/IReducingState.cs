using System.Diagnostics.CodeAnalysis;

namespace Millrace.State;

/// <summary>One value per key that every added value is reduced into.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
public interface IReducingState<T> : IState
{
    /// <summary>Whether nothing was added for the key.</summary>
    bool IsEmpty { get; }

    /// <summary>What was reduced so far; the type's default value when nothing was added.</summary>
    [return: MaybeNull]
    T Get();

    /// <summary>Reduces a value into the state.</summary>
    /// <param name="value">The value.</param>
    void Add(T value);
}
