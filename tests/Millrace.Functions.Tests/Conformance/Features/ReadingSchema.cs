using System.Globalization;
using System.Text;
using Millrace.Kafka;

namespace Millrace.Functions.Tests.Conformance.Features;

/// <summary>Readings as text: <c>key:time:value</c>.</summary>
internal sealed class ReadingSchema : IDeserializationSchema<Reading>
{
    public Reading Deserialize(ReadOnlySpan<byte> value)
    {
        string[] parts = Encoding.UTF8.GetString(value).Split(':');
        return new Reading(parts[0], long.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    public static string Text(in Reading reading) =>
        string.Create(CultureInfo.InvariantCulture, $"{reading.Key}:{reading.Time}:{reading.Value}");
}
