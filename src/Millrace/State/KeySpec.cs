using Millrace.Serialization;

namespace Millrace.State;

/// <summary>What <c>KeyBy</c> declares: how to get a record's key, how to hash it and how to serialize it.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="T">Type of the records.</typeparam>
internal sealed class KeySpec<TKey, T>(Func<T, TKey> selector, IKeyHasher<TKey> hasher, TypeSerializer<TKey> serializer)
    where TKey : notnull
{
    public Func<T, TKey> Selector { get; } = selector;

    public IKeyHasher<TKey> Hasher { get; } = hasher;

    public TypeSerializer<TKey> Serializer { get; } = serializer;
}
