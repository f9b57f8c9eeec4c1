namespace Millrace.StateBackends;

/// <summary>A key and a namespace (a window, or nothing).</summary>
internal readonly record struct NamespacedKey<TKey, TNamespace>(TKey Key, TNamespace Namespace)
    where TKey : notnull;
