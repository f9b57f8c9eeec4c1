using System.Buffers;

namespace Millrace.Connectors;

/// <summary>Turns records into the bytes of a file, one after the other (Flink's <c>Encoder</c>). Used by many tasks at once.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface IFileEncoder<in T>
{
    /// <summary>Writes a record with whatever ends it.</summary>
    /// <param name="value">The record.</param>
    /// <param name="output">Takes the bytes; valid during the call.</param>
    void Encode(T value, IBufferWriter<byte> output);
}
