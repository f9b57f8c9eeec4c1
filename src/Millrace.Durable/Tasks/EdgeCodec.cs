using Millrace.Serialization;

namespace Millrace.Durable.Tasks;

/// <summary>
/// Binary form of the records of an edge: timestamp (zigzag), then the value by its serializer. Keys are not sent: the receiver takes them
/// from the values.
/// </summary>
internal sealed class EdgeCodec<T>(TypeSerializer<T> serializer)
{
    public void Write(T value, long timestamp, DataWriter output)
    {
        output.WriteVarInt64(timestamp);
        serializer.Serialize(value, output);
    }

    /// <summary>The next record.</summary>
    public (T Value, long Timestamp) Read(ref DataReader input)
    {
        long timestamp = input.ReadVarInt64();
        return (serializer.Deserialize(ref input), timestamp);
    }
}
