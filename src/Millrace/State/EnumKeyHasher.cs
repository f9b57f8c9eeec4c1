using System.Runtime.CompilerServices;

namespace Millrace.State;

internal sealed class EnumKeyHasher<TKey, TUnderlying>(IKeyHasher<TUnderlying> underlying) : KeyHasher<TKey>
    where TKey : unmanaged, Enum
    where TUnderlying : unmanaged
{
    public override uint Hash(TKey key) => underlying.Hash(Unsafe.BitCast<TKey, TUnderlying>(key));
}
