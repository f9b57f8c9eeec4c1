using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>Which keys a task owns and which one is being processed.</summary>
internal sealed class KeyContext<TKey>(
    IKeyHasher<TKey> hasher,
    Serialization.TypeSerializer<TKey> serializer,
    KeyGroupRange keyGroups,
    int maxParallelism
)
    where TKey : notnull
{
    private TKey _key = default!;
    private bool? _hasOneForm;

    public IKeyHasher<TKey> Hasher { get; } = hasher;

    public Serialization.TypeSerializer<TKey> Serializer { get; } = serializer;

    public KeyGroupRange KeyGroups { get; } = keyGroups;

    public int MaxParallelism { get; } = maxParallelism;

    public HashRange Range { get; } = HashRange.Of(keyGroups, maxParallelism);

    /// <summary>Whether equal keys always have equal bytes; unlike 1.5 and 1.50.</summary>
    public bool HasOneForm =>
        _hasOneForm ??=
            Hasher is BytesKeyHasher<TKey> || (Hasher is KeyHasher<TKey> && KeySerializers.HasOneForm(typeof(TKey), Serializer));

    public TKey Key => _key;

    public uint Hash { get; private set; }

    public void Set(TKey key, uint hash)
    {
        _key = key;
        Hash = hash;
    }
}
