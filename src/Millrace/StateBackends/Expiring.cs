namespace Millrace.StateBackends;

/// <summary>A value and when it was last renewed, in processing time.</summary>
internal readonly record struct Expiring<T>(T Value, long RenewedAt);
