using Millrace.Kafka;

namespace Millrace.Samples.Logs;

/// <summary>
/// Reads lines of an access log from Kafka. A malformed line throws a <see cref="FormatException"/> that says what is wrong; give the
/// source a <see cref="DeserializationErrorPolicy"/> to put such lines aside.
/// </summary>
public sealed class AccessLogSchema : IDeserializationSchema<AccessLogEntry>
{
    [ThreadStatic]
    private static AccessLogParser? _parser;

    /// <summary>The schema.</summary>
    public static AccessLogSchema Instance { get; } = new();

    /// <inheritdoc/>
    public AccessLogEntry Deserialize(ReadOnlySpan<byte> value)
    {
        AccessLogError error = (_parser ??= new AccessLogParser()).Parse(value, out AccessLogEntry entry);
        if (error != AccessLogError.None)
        {
            Throw(error);
        }

        return entry;
    }

    private static void Throw(AccessLogError error) =>
        throw new FormatException($"Not a line of an access log: {AccessLogErrors.Describe(error)}.");
}
