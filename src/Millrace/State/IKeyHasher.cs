namespace Millrace.State;

/// <summary>Hashes and compares keys the same way in every process, on every host and for the life of the state.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
public interface IKeyHasher<TKey>
    where TKey : notnull
{
    /// <summary>
    /// The stable 32-bit hash of a key. All 32 bits must be well mixed: the high bits pick the key group, the low bits the bucket.
    /// </summary>
    /// <param name="key">The key.</param>
    uint Hash(TKey key);

    /// <summary>Whether two keys are the same key.</summary>
    /// <param name="left">One key.</param>
    /// <param name="right">The other key.</param>
    bool Equals(TKey left, TKey right);
}
