namespace Millrace.State;

/// <summary>Finds the stable hasher of a type of keys.</summary>
public static class KeyHashers
{
    /// <summary>The stable hasher of a type.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <exception cref="NotSupportedException">Keys of this type cannot be hashed the same way in every process.</exception>
    public static IKeyHasher<TKey> For<TKey>()
        where TKey : notnull => throw new NotSupportedException($"Keys of type {typeof(TKey)} have no stable hash.");
}
