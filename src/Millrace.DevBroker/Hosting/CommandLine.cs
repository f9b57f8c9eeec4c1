using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Millrace.DevBroker.Hosting;

/// <summary>The command line of the broker's process.</summary>
internal sealed class CommandLine
{
    public const string HelpText =
        """
        Millrace development broker: speaks Kafka's protocol on one node, for development and tests.

          --port <n>              Port to listen on; 0 takes a free one. Default: 9092.
          --listen <address>      Address to listen on. Default: 127.0.0.1.
          --allow-non-loopback-without-authentication
                                  Lets --listen be an address that other machines can reach. Everyone who reaches it can read, write and delete everything.
          --advertised-host <h>   Host that clients are told to connect to. Default: the listen address.
          --directory <path>      Where records are kept. Default: in memory, gone when the broker stops.
          --fsync                 Acknowledge only what is on the disk. Default: off, as in Kafka.
          --topic <name>[:<n>]    A topic that exists from the start, with n partitions. May be given often.
          --partitions <n>        Partitions of topics that are created on demand. Default: 1.
          --no-auto-create        Do not create topics on demand.
          --segment-bytes <n>     Size of a segment. Default: 128 MiB.
          --retention-bytes <n>   Bytes that a partition keeps at most. Default: -1, all.
          --retention-ms <n>      Milliseconds that records are kept. Default: -1, for ever.
          --verbose               Log connections and requests too.
          --help                  Show this.
        """;

    private const int DefaultPort = 9092;

    public DevBrokerOptions Options { get; } = new() { Port = DefaultPort };

    public LogLevel LogLevel { get; private set; } = LogLevel.Warning;

    public bool Help { get; private set; }

    public string? Error { get; private set; }

    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        var line = new CommandLine();
        using var rest = args.GetEnumerator();
        while (line.Error is null && rest.MoveNext()) line.Take(rest.Current, rest);
        return line;
    }

    private void Take(string name, IEnumerator<string> rest)
    {
        switch (name)
        {
            case "--port": Options.Port = (int)Number(name, rest, 0, 65535); break;
            case "--listen": Options.ListenAddress = Address(name, rest); break;
            case "--allow-non-loopback-without-authentication": Options.AllowNonLoopbackWithoutAuthentication = true; break;
            case "--advertised-host": Options.AdvertisedHost = Value(name, rest); break;
            case "--directory": Options.Directory = Value(name, rest); break;
            case "--fsync": Options.Fsync = true; break;
            case "--topic": AddTopic(Value(name, rest)); break;
            case "--partitions": Options.DefaultPartitions = (int)Number(name, rest, 1, 100_000); break;
            case "--no-auto-create": Options.AutoCreateTopics = false; break;
            case "--segment-bytes": Options.SegmentBytes = (int)Number(name, rest, 1024, 1 << 30); break;
            case "--retention-bytes": Options.RetentionBytes = Number(name, rest, -1, long.MaxValue); break;
            case "--retention-ms":
                var milliseconds = Number(name, rest, -1, (long)TimeSpan.MaxValue.TotalMilliseconds);
                Options.Retention = milliseconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(milliseconds);
                break;
            case "--verbose": LogLevel = LogLevel.Debug; break;
            case "--help" or "-h": Help = true; break;
            default: Error = $"'{name}' is not an option."; break;
        }
    }

    private string Value(string name, IEnumerator<string> rest)
    {
        if (rest.MoveNext()) return rest.Current;
        Error = $"{name} needs a value.";
        return "";
    }

    private long Number(string name, IEnumerator<string> rest, long min, long max)
    {
        var value = Value(name, rest);
        if (Error is not null) return min;
        if (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max) return number;
        Error = $"{name} is '{value}'; it must be a number from {min} to {max}.";
        return min;
    }

    private IPAddress Address(string name, IEnumerator<string> rest)
    {
        var value = Value(name, rest);
        if (value == "localhost") return IPAddress.Loopback;
        if (IPAddress.TryParse(value, out var address)) return address;
        Error ??= $"{name} is '{value}'; it must be an IP address, such as 127.0.0.1.";
        return IPAddress.Loopback;
    }

    private void AddTopic(string value)
    {
        var parts = value.Split(':');
        var count = 1;
        if (Error is null && (parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out count))))
            Error = $"--topic is '{value}'; it must be a name, or a name and a number of partitions such as orders:4.";
        Options.Topics[parts[0]] = count;
    }
}
