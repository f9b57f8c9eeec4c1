namespace Millrace.State;

/// <summary>One value per key.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
public interface IValueState<T> : IState
{
    /// <summary>Whether the key has a value.</summary>
    bool HasValue { get; }

    /// <summary>The key's value, or the descriptor's default value when it has none.</summary>
    T? Value { get; }

    /// <summary>Sets the key's value.</summary>
    /// <param name="value">The value; belongs to the state from now on.</param>
    void Update(T value);
}
