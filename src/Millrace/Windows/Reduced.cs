namespace Millrace.Windows;

/// <summary>What a reduce has so far.</summary>
/// <param name="HasValue">Whether there has been a record.</param>
/// <param name="Value">The records so far, combined.</param>
public readonly record struct Reduced<T>(bool HasValue, T? Value);
