using System.Numerics;
using System.Runtime.CompilerServices;

namespace Millrace.Serialization;

/// <summary>
/// An enum as its underlying integer; the names are in the schema, and what was written with other numbers is read by name.
/// </summary>
internal sealed class EnumSerializer<T, TUnderlying>(TypeSerializer<TUnderlying> underlying) : TypeSerializer<T>
    where T : unmanaged, Enum
    where TUnderlying : unmanaged, IBinaryInteger<TUnderlying>
{
    private static readonly TypeSchema Present = EnumSchema.Of(typeof(T), TypeSerializers.For<TUnderlying>().Schema);

    public override TypeSchema Schema => Present;

    public override void Serialize(T value, DataWriter writer) => underlying.Serialize(Unsafe.BitCast<T, TUnderlying>(value), writer);

    public override T Deserialize(ref DataReader reader) => Unsafe.BitCast<TUnderlying, T>(underlying.Deserialize(ref reader));

    public override TypeSerializer<T> ForWritten(TypeSchema written)
    {
        if (written.IsSameFormat(Schema))
        {
            return this;
        }

        TypeSchema number = EnumSchema.NumberOf(written);
        if (EnumSchema.IsEnum(written))
        {
            EnumMap? map = EnumMap.Between(written, typeof(T));
            if (map is not null || !string.Equals(number.Kind, Schema.Fields[0].Schema.Kind, StringComparison.Ordinal))
            {
                return new ByName(this, map, EnumSchema.IsSigned(number));
            }
        }

        TypeSerializer<TUnderlying> reading = underlying.ForWritten(number);
        return ReferenceEquals(reading, underlying) ? this : new EnumSerializer<T, TUnderlying>(reading);
    }

    private sealed class ByName(EnumSerializer<T, TUnderlying> present, EnumMap? map, bool isSigned) : TypeSerializer<T>
    {
        public override TypeSchema Schema => present.Schema;

        public override void Serialize(T value, DataWriter writer) => present.Serialize(value, writer);

        public override T Deserialize(ref DataReader reader)
        {
            ulong written = isSigned ? (ulong)reader.ReadVarInt64() : reader.ReadVarUInt64();
            ulong number = map?.Map(written) ?? written;
            TUnderlying value = TUnderlying.CreateTruncating(number);
            bool fits = EnumSchema.IsSigned(Present.Fields[0].Schema)
                ? long.CreateTruncating(value) == (long)number
                : ulong.CreateTruncating(value) == number;
            return fits ? Unsafe.BitCast<TUnderlying, T>(value) : ThrowTooWide(number, isSigned);
        }

        public override TypeSerializer<T> ForWritten(TypeSchema written) => present.ForWritten(written);

        private static T ThrowTooWide(ulong number, bool isSigned) =>
            throw new StateMigrationException(
                $"State holds the number {EnumSchema.Text(number, isSigned)} as a value of the enum '{typeof(T)}', whose numbers are "
                    + $"'{typeof(TUnderlying).Name}' now; give the enum its former type back."
            );
    }
}
