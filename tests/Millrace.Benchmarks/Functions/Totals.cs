namespace Millrace.Benchmarks.Functions;

/// <summary>Number and sum of a device's readings.</summary>
public readonly record struct Totals(long Count, long Sum);
