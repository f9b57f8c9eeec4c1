using Millrace.Serialization;

namespace Millrace.StateBackends;

internal sealed class ExpiringSerializer<T>(TypeSerializer<T> inner) : TypeSerializer<Expiring<T>>
{
    public override TypeSchema Schema { get; } =
        new(
            SchemaKinds.Struct,
            "expiring",
            [new TypeSchema.Field("renewedAt", TypeSerializers.For<long>().Schema), new TypeSchema.Field("value", inner.Schema)]
        );

    public override void Serialize(Expiring<T> value, DataWriter writer)
    {
        writer.WriteVarInt64(value.RenewedAt);
        inner.Serialize(value.Value, writer);
    }

    public override Expiring<T> Deserialize(ref DataReader reader)
    {
        long renewedAt = reader.ReadVarInt64();
        return new Expiring<T>(inner.Deserialize(ref reader), renewedAt);
    }

    public override TypeSerializer<Expiring<T>> ForWritten(TypeSchema written)
    {
        if (written.IsSameFormat(Schema))
        {
            return this;
        }

        return string.Equals(written.Name, Schema.Name, StringComparison.Ordinal) && written.Fields.Count == 2
            ? new ExpiringSerializer<T>(inner.ForWritten(written.Fields[1].Schema))
            : throw new StateMigrationException(
                $"It was written without time to live ('{written}') and is now declared with it, or the other way round; give the state a "
                    + "new name when its time to live is switched on or off."
            );
    }
}
