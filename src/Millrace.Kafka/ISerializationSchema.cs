using System.Buffers;

namespace Millrace.Kafka;

/// <summary>
/// Turns a <typeparamref name="T"/> into the bytes of a Kafka key or value. Used by many tasks at once: must be thread-safe.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface ISerializationSchema<in T>
{
    /// <summary>Appends the bytes of a record.</summary>
    /// <param name="value">The record.</param>
    /// <param name="output">Where to.</param>
    void Serialize(T value, IBufferWriter<byte> output);
}
