using System.Numerics;
using System.Runtime.CompilerServices;

namespace Millrace.Serialization;

/// <summary>Unsigned integers as LEB128: all widths share one byte format, so a narrower one can be read as it is.</summary>
internal sealed class UnsignedIntegerSerializer<T> : TypeSerializer<T>
    where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
{
    private static readonly int Bits = Unsafe.SizeOf<T>() * 8;

    public override TypeSchema Schema { get; } = TypeSchema.Leaf($"{SchemaKinds.UInt}{Bits}");

    public override void Serialize(T value, DataWriter writer) => writer.WriteVarUInt64(ulong.CreateTruncating(value));

    public override T Deserialize(ref DataReader reader) => T.CreateChecked(reader.ReadVarUInt64());

    public override TypeSerializer<T> ForWritten(TypeSchema written)
    {
        TypeSchema number = EnumSchema.NumberOf(written);
        int bits = SchemaKinds.UnsignedBits(number.Kind);
        return bits > 0 && bits <= Bits ? this : Incompatible.Throw<T>(written, Schema);
    }
}
