using System.Runtime.CompilerServices;

namespace Millrace.Serialization;

/// <summary>An enum as its underlying integer.</summary>
internal sealed class EnumSerializer<T, TUnderlying>(TypeSerializer<TUnderlying> underlying) : TypeSerializer<T>
    where T : unmanaged, Enum
    where TUnderlying : unmanaged
{
    public override TypeSchema Schema => underlying.Schema;

    public override void Serialize(T value, DataWriter writer) => underlying.Serialize(Unsafe.BitCast<T, TUnderlying>(value), writer);

    public override T Deserialize(ref DataReader reader) => Unsafe.BitCast<TUnderlying, T>(underlying.Deserialize(ref reader));

    public override TypeSerializer<T> ForWritten(TypeSchema written)
    {
        TypeSerializer<TUnderlying> reading = underlying.ForWritten(written);
        return ReferenceEquals(reading, underlying) ? this : new EnumSerializer<T, TUnderlying>(reading);
    }
}
