using System.IO.Hashing;
using Millrace.Serialization;

namespace Millrace.State;

/// <summary>Keys are equal when their bytes are, whatever their type says.</summary>
internal sealed class BytesKeyHasher<TKey>(TypeSerializer<TKey> serializer) : IKeyHasher<TKey>
    where TKey : notnull
{
    [ThreadStatic]
    private static DataWriter? _left;

    [ThreadStatic]
    private static DataWriter? _right;

    public uint Hash(TKey key)
    {
        ulong hash = XxHash3.HashToUInt64(Write(key, ref _left));
        return (uint)(hash ^ (hash >> 32));
    }

    public bool Equals(TKey left, TKey right) => Write(left, ref _left).SequenceEqual(Write(right, ref _right));

    private ReadOnlySpan<byte> Write(TKey key, ref DataWriter? writer)
    {
        writer ??= new DataWriter();
        writer.Clear();
        serializer.Serialize(key, writer);
        return writer.WrittenSpan;
    }
}
