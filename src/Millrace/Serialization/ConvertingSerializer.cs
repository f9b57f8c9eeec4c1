namespace Millrace.Serialization;

/// <summary>Reads values that were written as another type and converts them; writes the present format.</summary>
internal sealed class ConvertingSerializer<T, TWritten>(
    TypeSerializer<T> present,
    TypeSerializer<TWritten> written,
    Func<TWritten, T> convert
) : TypeSerializer<T>
{
    public override TypeSchema Schema => present.Schema;

    public override void Serialize(T value, DataWriter writer) => present.Serialize(value, writer);

    public override T Deserialize(ref DataReader reader) => convert(written.Deserialize(ref reader));

    public override TypeSerializer<T> ForWritten(TypeSchema other) => present.ForWritten(other);
}
