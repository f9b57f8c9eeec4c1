using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Millrace.Connectors;
using Millrace.Samples.Nexmark.Results;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>
/// A bid as a line of CSV: auction, bidder, price, time and the quoted rest. Day and minute are in the name of the directory.
/// </summary>
internal sealed class LoggedBidCsv : IFileEncoder<LoggedBid>
{
    private const int LongestNumber = 20;

    public void Encode(LoggedBid value, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        WriteNumber(value.Auction, output);
        WriteNumber(value.Bidder, output);
        WriteNumber(value.Price, output);
        WriteNumber(value.DateTime, output);
        string extra = value.Extra.Contains('"', StringComparison.Ordinal)
            ? value.Extra.Replace("\"", "\"\"", StringComparison.Ordinal)
            : value.Extra;
        output.Write("\""u8);
        Encoding.UTF8.GetBytes(extra, output);
        output.Write("\"\n"u8);
    }

    private static void WriteNumber(long number, IBufferWriter<byte> output)
    {
        Span<byte> span = output.GetSpan(LongestNumber + 1);
        Utf8Formatter.TryFormat(number, span, out int length);
        span[length] = (byte)',';
        output.Advance(length + 1);
    }
}
