using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Millrace.State;

/// <summary>XxHash3 over the UTF-16 code units.</summary>
internal sealed class StringKeyHasher : KeyHasher<string>
{
    public override uint Hash(string key)
    {
        ulong hash = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(key.AsSpan()));
        return (uint)(hash ^ (hash >> 32));
    }
}
