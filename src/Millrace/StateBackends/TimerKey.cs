namespace Millrace.StateBackends;

/// <summary>A timer of a key and namespace; setting it twice is setting it once.</summary>
internal readonly record struct TimerKey<TKey, TNamespace>(long Timestamp, TKey Key, TNamespace Namespace);
