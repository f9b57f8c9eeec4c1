using System.IO.Hashing;
using Millrace.Serialization;

namespace Millrace.State;

/// <summary>
/// Records and structs: XxHash3 over their serialized members, by a serializer that writes equal keys as equal bytes
/// (<see cref="KeySerializers"/>).
/// </summary>
internal sealed class SerializedKeyHasher<TKey>(TypeSerializer<TKey> serializer) : KeyHasher<TKey>
    where TKey : notnull
{
    [ThreadStatic]
    private static DataWriter? _writer;

    public override uint Hash(TKey key)
    {
        DataWriter writer = _writer ??= new DataWriter();
        writer.Clear();
        serializer.Serialize(key, writer);
        ulong hash = XxHash3.HashToUInt64(writer.WrittenSpan);
        return (uint)(hash ^ (hash >> 32));
    }
}
