namespace Millrace.Patterns;

/// <summary>A partial match: a state of the automaton and the events taken on the way to it.</summary>
internal readonly record struct PartialMatch<T>(int State, MatchNode<T> Last, long StartTimestamp, long StartSequence);
