using Millrace.Serialization;

namespace Millrace.Kafka;

/// <content>Goes into an outbox as bytes.</content>
public sealed partial class KafkaProducerRecord
{
    /// <summary>Appends the record in the format that <see cref="Durable.EncodedRecord"/> reads.</summary>
    internal void EncodeTo(DataWriter output)
    {
        KafkaHeaders headers = new(_headers);
        byte version = VersionFor(headers);
        output.WriteByte(version);
        output.WriteString(Topic);
        output.WriteVarInt64(Partition);
        output.WriteVarInt64(Timestamp);
        output.WriteBoolean(_hasKey);
        if (_hasKey)
        {
            output.WriteBytes(_key.WrittenSpan);
        }

        output.WriteBoolean(IsTombstone);
        if (!IsTombstone)
        {
            output.WriteBytes(_value.WrittenSpan);
        }

        output.WriteVarUInt32((uint)headers.Count);
        for (int i = 0; i < headers.Count; i++)
        {
            KafkaHeader header = headers[i];
            output.WriteBytes(header.Name);
            if (version == Durable.EncodedRecord.VersionWithNulls)
            {
                output.WriteBoolean(header.IsNull);
            }

            output.WriteBytes(header.Value);
        }

        FreeHeaders();
    }

    // What an older version can say is written as it wrote it, so that it can go back and finish what is in the outbox.
    private static byte VersionFor(KafkaHeaders headers)
    {
        for (int i = 0; i < headers.Count; i++)
        {
            if (headers[i].IsNull)
            {
                return Durable.EncodedRecord.VersionWithNulls;
            }
        }

        return Durable.EncodedRecord.Version;
    }
}
