namespace Millrace.Operators;

/// <summary>An operator with two inputs, of possibly different types.</summary>
internal interface ITwoInputs
{
    /// <summary>The input 0 or 1, an <see cref="IInput{T}"/> of the type of its records.</summary>
    object InputAt(int port);
}
