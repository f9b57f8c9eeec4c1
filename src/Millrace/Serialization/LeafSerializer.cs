using System.Numerics;
using System.Runtime.CompilerServices;

namespace Millrace.Serialization;

/// <summary>A serializer of values without parts, whose format never changed.</summary>
internal abstract class LeafSerializer<T>(string kind) : TypeSerializer<T>
{
    public sealed override TypeSchema Schema { get; } = TypeSchema.Leaf(kind);

    public override TypeSerializer<T> ForWritten(TypeSchema written) =>
        written.IsSameFormat(Schema) ? this : Incompatible.Throw<T>(written, Schema);
}

internal sealed class BooleanSerializer : LeafSerializer<bool>
{
    public BooleanSerializer()
        : base(SchemaKinds.Bool) { }

    public override void Serialize(bool value, DataWriter writer) => writer.WriteBoolean(value);

    public override bool Deserialize(ref DataReader reader) => reader.ReadBoolean();
}

/// <summary>A byte array: length + 1 (0 = <see langword="null"/>), then the bytes.</summary>
internal sealed class BytesSerializer : LeafSerializer<byte[]?>
{
    public BytesSerializer()
        : base(SchemaKinds.Bytes) { }

    public override void Serialize(byte[]? value, DataWriter writer)
    {
        if (value is null)
        {
            writer.WriteByte(0);
            return;
        }

        writer.WriteVarUInt64((ulong)value.Length + 1);
        writer.WriteRaw(value);
    }

    public override byte[]? Deserialize(ref DataReader reader)
    {
        ulong size = reader.ReadVarUInt64();
        return size == 0 ? null : reader.ReadRaw(checked((int)(size - 1))).ToArray();
    }
}

internal sealed class CharSerializer : LeafSerializer<char>
{
    public CharSerializer()
        : base(SchemaKinds.Char) { }

    public override void Serialize(char value, DataWriter writer) => writer.WriteVarUInt32(value);

    public override char Deserialize(ref DataReader reader) => checked((char)reader.ReadVarUInt32());
}

internal sealed class DateOnlySerializer : LeafSerializer<DateOnly>
{
    public DateOnlySerializer()
        : base(SchemaKinds.Date) { }

    public override void Serialize(DateOnly value, DataWriter writer) => writer.WriteVarUInt32((uint)value.DayNumber);

    public override DateOnly Deserialize(ref DataReader reader) => DateOnly.FromDayNumber((int)reader.ReadVarUInt32());
}

/// <summary>Local ticks and the offset in minutes.</summary>
internal sealed class DateTimeOffsetSerializer : LeafSerializer<DateTimeOffset>
{
    public DateTimeOffsetSerializer()
        : base(SchemaKinds.DateTimeOffset) { }

    public override void Serialize(DateTimeOffset value, DataWriter writer)
    {
        writer.WriteVarInt64(value.TotalOffsetMinutes);
        writer.WriteInt64(value.Ticks);
    }

    public override DateTimeOffset Deserialize(ref DataReader reader)
    {
        TimeSpan offset = TimeSpan.FromMinutes(reader.ReadVarInt64());
        return new DateTimeOffset(reader.ReadInt64(), offset);
    }
}

/// <summary>Ticks and kind, independent of the machine's time zone.</summary>
internal sealed class DateTimeSerializer : LeafSerializer<DateTime>
{
    public DateTimeSerializer()
        : base(SchemaKinds.DateTime) { }

    public override void Serialize(DateTime value, DataWriter writer)
    {
        writer.WriteByte((byte)value.Kind);
        writer.WriteInt64(value.Ticks);
    }

    public override DateTime Deserialize(ref DataReader reader)
    {
        DateTimeKind kind = (DateTimeKind)reader.ReadByte();
        return new DateTime(reader.ReadInt64(), kind);
    }
}

/// <summary>The four words of a decimal, so that its scale survives.</summary>
internal sealed class DecimalSerializer : LeafSerializer<decimal>
{
    public DecimalSerializer()
        : base(SchemaKinds.Decimal) { }

    public override void Serialize(decimal value, DataWriter writer)
    {
        Span<int> words = stackalloc int[4];
        decimal.GetBits(value, words);
        foreach (int word in words)
        {
            writer.WriteInt32(word);
        }
    }

    public override decimal Deserialize(ref DataReader reader)
    {
        Span<int> words = [reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32()];
        return new decimal(words);
    }
}

internal sealed class DoubleSerializer : LeafSerializer<double>
{
    public DoubleSerializer()
        : base(SchemaKinds.Float64) { }

    public override void Serialize(double value, DataWriter writer) => writer.WriteDouble(value);

    public override double Deserialize(ref DataReader reader) => reader.ReadDouble();

    public override TypeSerializer<double> ForWritten(TypeSchema written) =>
        string.Equals(written.Kind, SchemaKinds.Float32, StringComparison.Ordinal)
            ? new ConvertingSerializer<double, float>(this, TypeSerializers.For<float>(), static value => value)
            : base.ForWritten(written);
}

internal sealed class GuidSerializer : LeafSerializer<Guid>
{
    public GuidSerializer()
        : base(SchemaKinds.Guid) { }

    public override void Serialize(Guid value, DataWriter writer)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes);
        writer.WriteRaw(bytes);
    }

    public override Guid Deserialize(ref DataReader reader) => new(reader.ReadRaw(16));
}

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

internal sealed class SingleSerializer : LeafSerializer<float>
{
    public SingleSerializer()
        : base(SchemaKinds.Float32) { }

    public override void Serialize(float value, DataWriter writer) => writer.WriteInt32(BitConverter.SingleToInt32Bits(value));

    public override float Deserialize(ref DataReader reader) => BitConverter.Int32BitsToSingle(reader.ReadInt32());
}

internal sealed class StringSerializer : LeafSerializer<string>
{
    public StringSerializer()
        : base(SchemaKinds.String) { }

    public override void Serialize(string value, DataWriter writer) => writer.WriteString(value);

    public override string Deserialize(ref DataReader reader) => reader.ReadString()!;
}

internal sealed class TimeOnlySerializer : LeafSerializer<TimeOnly>
{
    public TimeOnlySerializer()
        : base(SchemaKinds.Time) { }

    public override void Serialize(TimeOnly value, DataWriter writer) => writer.WriteVarInt64(value.Ticks);

    public override TimeOnly Deserialize(ref DataReader reader) => new(reader.ReadVarInt64());
}

internal sealed class TimeSpanSerializer : LeafSerializer<TimeSpan>
{
    public TimeSpanSerializer()
        : base(SchemaKinds.TimeSpan) { }

    public override void Serialize(TimeSpan value, DataWriter writer) => writer.WriteVarInt64(value.Ticks);

    public override TimeSpan Deserialize(ref DataReader reader) => new(reader.ReadVarInt64());
}

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
