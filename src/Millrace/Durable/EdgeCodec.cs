using Millrace.Batches;
using Millrace.Graph;
using Millrace.Serialization;

namespace Millrace.Durable;

/// <summary>Binary form of the records of an edge: timestamp (zigzag), then the value by its serializer. Keys are not sent: the receiver takes them from the values.</summary>
internal sealed class EdgeCodec<T>(StreamEdge<T> edge, TypeSerializer<T> serializer)
{
    public void Write(T value, long timestamp, DataWriter output)
    {
        output.WriteVarInt64(timestamp);
        serializer.Serialize(value, output);
    }

    /// <summary>Appends the next record to a batch of the edge's kind.</summary>
    public void Read(ref DataReader input, RecordBatch<T> batch)
    {
        long timestamp = input.ReadVarInt64();
        edge.Partitioning.Append(batch, serializer.Deserialize(ref input), timestamp);
    }
}
