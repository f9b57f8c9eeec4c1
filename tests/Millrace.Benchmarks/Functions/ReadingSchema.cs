using System.Buffers.Text;
using System.Text;
using Millrace.Kafka;

namespace Millrace.Benchmarks.Functions;

/// <summary>Reads <c>device;time;value;padding</c>.</summary>
internal sealed class ReadingSchema : IDeserializationSchema<Reading>
{
    public Reading Deserialize(ReadOnlySpan<byte> value)
    {
        int device = value.IndexOf((byte)';');
        ReadOnlySpan<byte> rest = value[(device + 1)..];
        if (
            !Utf8Parser.TryParse(rest, out long time, out int timeLength)
            || !Utf8Parser.TryParse(rest[(timeLength + 1)..], out long measured, out _)
        )
        {
            throw new FormatException($"'{Encoding.UTF8.GetString(value)}' is no reading, expected device;time;value;padding.");
        }

        return new Reading(Encoding.UTF8.GetString(value[..device]), time, measured);
    }
}
