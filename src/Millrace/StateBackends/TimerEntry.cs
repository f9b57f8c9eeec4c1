namespace Millrace.StateBackends;

/// <summary>A timer in the heap. Its number tells it from an earlier entry of the same timer that was deleted and set again.</summary>
internal readonly record struct TimerEntry<TKey, TNamespace>(TimerKey<TKey, TNamespace> Timer, uint Hash, long Number);
