using System.Numerics;
using System.Runtime.CompilerServices;

namespace Millrace.Serialization;

/// <summary>Signed integers as zigzag LEB128: all widths share one byte format, so a narrower one can be read as it is.</summary>
internal sealed class SignedIntegerSerializer<T> : TypeSerializer<T>
    where T : unmanaged, IBinaryInteger<T>, ISignedNumber<T>
{
    private static readonly int Bits = Unsafe.SizeOf<T>() * 8;

    public override TypeSchema Schema { get; } = TypeSchema.Leaf($"{SchemaKinds.Int}{Bits}");

    public override void Serialize(T value, DataWriter writer) => writer.WriteVarInt64(long.CreateTruncating(value));

    public override T Deserialize(ref DataReader reader) => T.CreateChecked(reader.ReadVarInt64());

    public override TypeSerializer<T> ForWritten(TypeSchema written)
    {
        TypeSchema number = EnumSchema.NumberOf(written);
        int signed = SchemaKinds.SignedBits(number.Kind);
        if (signed > 0 && signed <= Bits)
        {
            return this;
        }

        int unsigned = SchemaKinds.UnsignedBits(number.Kind);
        return unsigned > 0 && unsigned < Bits
            ? new ConvertingSerializer<T, ulong>(this, TypeSerializers.For<ulong>(), static value => T.CreateChecked(value))
            : Incompatible.Throw<T>(written, Schema);
    }
}
