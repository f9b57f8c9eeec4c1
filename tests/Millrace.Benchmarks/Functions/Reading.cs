namespace Millrace.Benchmarks.Functions;

/// <summary>What a device measured.</summary>
public readonly record struct Reading(string Device, long Time, long Value);
