using System.Numerics;

namespace Millrace.State;

/// <summary>Integers of any width: equal numbers have equal hashes whatever their type.</summary>
internal sealed class IntegerKeyHasher<TKey> : KeyHasher<TKey>
    where TKey : unmanaged, IBinaryInteger<TKey>
{
    public override uint Hash(TKey key) => HashMixing.Mix(ulong.CreateTruncating(key));
}
