namespace Millrace.Patterns;

/// <summary>A partial match: a way on in the automaton and the events taken on the way to it.</summary>
internal readonly record struct PartialMatch<T>(int Way, MatchNode<T> Last, long StartTimestamp, long StartSequence);
