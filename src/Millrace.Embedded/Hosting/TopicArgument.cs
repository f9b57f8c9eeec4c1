using System.Globalization;
using Millrace.Embedded.Cli;

namespace Millrace.Embedded.Hosting;

/// <summary>A topic on the command line: <c>orders:4</c>.</summary>
internal static class TopicArgument
{
    /// <param name="text">What is written.</param>
    /// <param name="most">The largest number of partitions; the least is 0, for none of it.</param>
    public static (string Name, int Partitions) Parse(string text, int most)
    {
        int at = text.LastIndexOf(':');
        return
            at > 0
            && int.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int partitions)
            && partitions <= most
            ? (text[..at], partitions)
            : throw new CliException(
                $"Topic '{text}' cannot be read; expected name:partitions with 0 to {most} partitions, such as orders:4."
            );
    }
}
