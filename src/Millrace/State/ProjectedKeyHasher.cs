namespace Millrace.State;

/// <summary>Keys that a 64-bit number stands for: equal keys must give equal numbers.</summary>
internal sealed class ProjectedKeyHasher<TKey>(Func<TKey, long> project) : KeyHasher<TKey>
    where TKey : notnull
{
    public override uint Hash(TKey key) => HashMixing.Mix((ulong)project(key));
}
