using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>The namespace that a group of states works in at the moment.</summary>
internal sealed class Namespaced<TNamespace>
{
    public TNamespace Current { get; set; } = default!;
}

/// <summary>A key and a namespace (a window, or nothing).</summary>
internal readonly record struct NamespacedKey<TKey, TNamespace>(TKey Key, TNamespace Namespace)
    where TKey : notnull;

/// <summary>Compares keys with their own hasher.</summary>
internal sealed class NamespacedKeyHasher<TKey, TNamespace>(IKeyHasher<TKey> hasher) : IKeyHasher<NamespacedKey<TKey, TNamespace>>
    where TKey : notnull
{
    public static IKeyHasher<NamespacedKey<TKey, TNamespace>> Of(IKeyHasher<TKey> hasher) =>
        hasher is KeyHasher<TKey> ? Plain.Instance : new NamespacedKeyHasher<TKey, TNamespace>(hasher);

    public uint Hash(NamespacedKey<TKey, TNamespace> key) => hasher.Hash(key.Key);

    public bool Equals(NamespacedKey<TKey, TNamespace> left, NamespacedKey<TKey, TNamespace> right) =>
        hasher.Equals(left.Key, right.Key) && EqualityComparer<TNamespace>.Default.Equals(left.Namespace, right.Namespace);

    private sealed class Plain : KeyHasher<NamespacedKey<TKey, TNamespace>>
    {
        public static readonly Plain Instance = new();

        public override uint Hash(NamespacedKey<TKey, TNamespace> key) => throw new NotSupportedException("The table is given hashes.");
    }
}

/// <summary>The namespace of state that belongs to a key alone.</summary>
internal readonly record struct VoidNamespace;
