using System.Globalization;
using Millrace.Embedded.Cli;

namespace Millrace.Embedded.Hosting;

/// <summary>A topic on the command line: <c>orders</c> or <c>orders:4</c>.</summary>
internal static class TopicArgument
{
    private const int MostPartitions = 10_000;

    public static (string Name, int Partitions) Parse(string text)
    {
        int at = text.LastIndexOf(':');
        if (at < 0)
        {
            return (text, 1);
        }

        if (
            at > 0
            && int.TryParse(text.AsSpan(at + 1), CultureInfo.InvariantCulture, out int partitions)
            && partitions is > 0 and <= MostPartitions
        )
        {
            return (text[..at], partitions);
        }

        throw new CliException(
            $"Topic '{text}' cannot be read; expected name or name:partitions with 1 to {MostPartitions} partitions, such as orders:4."
        );
    }
}
