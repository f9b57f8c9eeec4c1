using Millrace.Serialization;

namespace Millrace.Kafka;

/// <content>Goes into an outbox as bytes.</content>
public sealed partial class KafkaProducerRecord
{
    /// <summary>Appends the record in the format that <see cref="Durable.EncodedRecord"/> reads.</summary>
    internal void EncodeTo(DataWriter output)
    {
        output.WriteByte(Durable.EncodedRecord.Version);
        output.WriteString(Topic);
        output.WriteVarInt64(Partition);
        output.WriteVarInt64(Timestamp);
        output.WriteBoolean(_hasKey);
        if (_hasKey) output.WriteBytes(_key.WrittenSpan);
        output.WriteBoolean(IsTombstone);
        if (!IsTombstone) output.WriteBytes(_value.WrittenSpan);
        KafkaHeaders headers = new(_headers);
        output.WriteVarUInt32((uint)headers.Count);
        for (int i = 0; i < headers.Count; i++)
        {
            KafkaHeader header = headers[i];
            output.WriteBytes(header.Name);
            output.WriteBytes(header.Value);
        }

        FreeHeaders();
    }
}
