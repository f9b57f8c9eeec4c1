namespace Millrace.Serialization;

/// <summary>A marker byte, then the value if there is one.</summary>
internal sealed class NullableSerializer<T>(TypeSerializer<T> inner) : TypeSerializer<T?>
    where T : struct
{
    public override TypeSchema Schema { get; } =
        new(SchemaKinds.Nullable, $"{inner.Schema.Name}?", [new TypeSchema.Field("value", inner.Schema)]);

    public override void Serialize(T? value, DataWriter writer)
    {
        writer.WriteBoolean(value.HasValue);
        if (value.HasValue)
        {
            inner.Serialize(value.GetValueOrDefault(), writer);
        }
    }

    public override T? Deserialize(ref DataReader reader) => reader.ReadBoolean() ? inner.Deserialize(ref reader) : null;

    public override TypeSerializer<T?> ForWritten(TypeSchema written)
    {
        if (written.IsSameFormat(Schema))
        {
            return this;
        }

        return string.Equals(written.Kind, SchemaKinds.Nullable, StringComparison.Ordinal) && written.Fields.Count == 1
            ? new NullableSerializer<T>(inner.ForWritten(written.Fields[0].Schema))
            : new ConvertingSerializer<T?, T>(this, inner.ForWritten(written), static value => value);
    }
}
