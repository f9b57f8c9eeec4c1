using System.Globalization;
using System.Text;

namespace Millrace.Kafka;

/// <summary>A Kafka record that the source's schema could not read. Says which one, and shows how it begins.</summary>
public sealed class KafkaDeserializationException : Exception
{
    private const int Shown = 32;
    private const int ShownOfCause = 300;
    private const string Remedy =
        " Correct the schema or the record's producer, or leave such records out with .SetDeserializationErrorPolicy(...).";

    /// <summary>Creates an exception without a record.</summary>
    public KafkaDeserializationException() { }

    /// <summary>Creates an exception without a record.</summary>
    /// <param name="message">What happened.</param>
    public KafkaDeserializationException(string message)
        : base(message) { }

    /// <summary>Creates an exception without a record.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why.</param>
    public KafkaDeserializationException(string message, Exception innerException)
        : base(message, innerException) { }

    internal KafkaDeserializationException(in KafkaMessage message, string schema, Exception cause)
        : base(Describe(message, schema, cause) + Remedy, cause)
    {
        Topic = message.Topic;
        Partition = message.Partition;
        Offset = message.Offset;
        FirstBytes = message.Value[..Math.Min(Shown, message.Value.Length)].ToArray();
    }

    /// <summary>Topic of the record.</summary>
    public string Topic { get; } = "";

    /// <summary>Partition of the record.</summary>
    public int Partition { get; }

    /// <summary>Offset of the record.</summary>
    public long Offset { get; }

    /// <summary>The first bytes of the value, at most 32.</summary>
    public ReadOnlyMemory<byte> FirstBytes { get; }

    /// <summary>The message without what could be done: for records that a policy has dealt with.</summary>
    internal string Problem => Message.EndsWith(Remedy, StringComparison.Ordinal) ? Message[..^Remedy.Length] : Message;

    private static string Describe(in KafkaMessage message, string schema, Exception cause)
    {
        ReadOnlySpan<byte> first = message.Value[..Math.Min(Shown, message.Value.Length)];
        StringBuilder text = new();
        text.Append(
            CultureInfo.InvariantCulture,
            $"Record {message.Topic} [{message.Partition}] @ {message.Offset}: {schema} cannot read it "
        );
        text.Append(CultureInfo.InvariantCulture, $"({cause.GetType().Name}: {Cut(cause.Message)}). ");
        if (message.IsTombstone)
        {
            text.Append("Its value is null.");
        }
        else
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"First {first.Length} of {message.Value.Length} bytes: {Convert.ToHexString(first)} \""
            );
            foreach (byte b in first)
            {
                text.Append(b is >= 0x20 and < 0x7F ? (char)b : '.');
            }

            text.Append("\".");
        }

        return text.ToString();
    }

    // What has thrown may quote the whole record.
    private static string Cut(string text) => text.Length <= ShownOfCause ? text : string.Concat(text.AsSpan(0, ShownOfCause), "...");
}
