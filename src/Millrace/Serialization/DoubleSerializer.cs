namespace Millrace.Serialization;

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
