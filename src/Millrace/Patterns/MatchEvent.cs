namespace Millrace.Patterns;

/// <summary>An event that partial matches have taken; shared by all of them.</summary>
internal sealed record MatchEvent<T>(T Value, long Timestamp, long Sequence);
