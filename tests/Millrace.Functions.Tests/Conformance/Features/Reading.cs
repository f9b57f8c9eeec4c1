namespace Millrace.Functions.Tests.Conformance.Features;

/// <summary>A record of the purpose-made jobs.</summary>
/// <param name="Key">What is measured.</param>
/// <param name="Time">When, in milliseconds since the Unix epoch.</param>
/// <param name="Value">How much.</param>
public readonly record struct Reading(string Key, long Time, int Value);
