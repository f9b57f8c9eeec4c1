using System.Globalization;
using System.Text;
using Millrace.Kafka;

namespace Millrace.Functions.Tests.EndToEnd;

internal sealed class LineSchema : IDeserializationSchema<Line>
{
    public Line Deserialize(ReadOnlySpan<byte> value)
    {
        int colon = value.IndexOf((byte)':');
        return new Line(Encoding.UTF8.GetString(value[..colon]), long.Parse(value[(colon + 1)..], CultureInfo.InvariantCulture));
    }
}
