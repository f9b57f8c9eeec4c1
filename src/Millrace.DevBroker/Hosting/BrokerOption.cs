using System.Globalization;
using System.Net;

namespace Millrace.DevBroker.Hosting;

/// <summary>One option of the broker on a command line. The broker's own process and <c>./run broker</c> take the same ones.</summary>
/// <param name="Name">As it is given, with its dashes.</param>
/// <param name="ValueName">What its value is, null for a switch.</param>
/// <param name="Description">What it does, with its default.</param>
/// <param name="Property">The property of <see cref="DevBrokerOptions"/> that it sets.</param>
/// <param name="Apply">Sets it, or says what is wrong with the value.</param>
internal sealed record BrokerOption(
    string Name,
    string? ValueName,
    string Description,
    string Property,
    Func<DevBrokerOptions, string, string?> Apply
)
{
    public static IReadOnlyList<BrokerOption> All { get; } =
    [
        Number(
            "--port",
            "Port to listen on; 0 takes a free one. Default: 9092.",
            nameof(DevBrokerOptions.Port),
            0,
            65535,
            static (o, n) => o.Port = (int)n
        ),
        new("--listen", "address", "Address to listen on. Default: 127.0.0.1.", nameof(DevBrokerOptions.ListenAddress), Listen),
        Switch(
            "--allow-non-loopback-without-authentication",
            "Lets --listen be an address that other machines can reach. Everyone who reaches it can read, write and delete everything.",
            nameof(DevBrokerOptions.AllowNonLoopbackWithoutAuthentication),
            static o => o.AllowNonLoopbackWithoutAuthentication = true
        ),
        Text(
            "--advertised-host",
            "host",
            "Host that clients are told to connect to. Default: the listen address.",
            nameof(DevBrokerOptions.AdvertisedHost),
            static (o, v) => o.AdvertisedHost = v
        ),
        Number(
            "--node-id",
            "Id in the cluster of one. Default: 1.",
            nameof(DevBrokerOptions.NodeId),
            0,
            int.MaxValue,
            static (o, n) => o.NodeId = (int)n
        ),
        Text(
            "--directory",
            "path",
            "Where records are kept. Default: in memory, gone when the broker stops.",
            nameof(DevBrokerOptions.Directory),
            static (o, v) => o.Directory = v
        ),
        Switch(
            "--fsync",
            "Acknowledge only what is on the disk. Default: off, as in Kafka.",
            nameof(DevBrokerOptions.Fsync),
            static o => o.Fsync = true
        ),
        new(
            "--topic",
            "name[:n]",
            "A topic that exists from the start, with n partitions. May be given often.",
            nameof(DevBrokerOptions.Topics),
            AddTopic
        ),
        Number(
            "--partitions",
            "Partitions of topics that are created on demand. Default: 1.",
            nameof(DevBrokerOptions.DefaultPartitions),
            1,
            100_000,
            static (o, n) => o.DefaultPartitions = (int)n
        ),
        Switch(
            "--no-auto-create",
            "Do not create topics on demand.",
            nameof(DevBrokerOptions.AutoCreateTopics),
            static o => o.AutoCreateTopics = false
        ),
        Duration(
            "--topic-visibility-ms",
            "A fault: how long a topic that is created stays out of sight, as on Apache Kafka. Default: 0.",
            nameof(DevBrokerOptions.TopicVisibilityDelay),
            0,
            static (o, t) => o.TopicVisibilityDelay = t
        ),
        Number(
            "--segment-bytes",
            "Size of a segment. Default: 128 MiB.",
            nameof(DevBrokerOptions.SegmentBytes),
            1024,
            1 << 30,
            static (o, n) => o.SegmentBytes = (int)n
        ),
        Number(
            "--retention-bytes",
            "Bytes that a partition keeps at most. Default: -1, all.",
            nameof(DevBrokerOptions.RetentionBytes),
            -1,
            long.MaxValue,
            static (o, n) => o.RetentionBytes = n
        ),
        Duration(
            "--retention-ms",
            "Milliseconds that records are kept. Default: -1, for ever.",
            nameof(DevBrokerOptions.Retention),
            -1,
            static (o, t) => o.Retention = t
        ),
        Duration(
            "--cleanup-interval-ms",
            "Milliseconds from one look for what is to be deleted or compacted to the next. Default: 30000.",
            nameof(DevBrokerOptions.CleanupInterval),
            1,
            static (o, t) => o.CleanupInterval = t
        ),
        Number(
            "--max-message-bytes",
            "Largest record batch that is taken. Default: 32 MiB.",
            nameof(DevBrokerOptions.MaxMessageBytes),
            1024,
            1 << 30,
            static (o, n) => o.MaxMessageBytes = (int)n
        ),
        Number(
            "--max-request-bytes",
            "Largest request that is read. Default: 100 MiB.",
            nameof(DevBrokerOptions.MaxRequestBytes),
            1024,
            1 << 30,
            static (o, n) => o.MaxRequestBytes = (int)n
        ),
        Number(
            "--max-connections",
            "Connections at the same time at most. Default: 1000.",
            nameof(DevBrokerOptions.MaxConnections),
            1,
            100_000,
            static (o, n) => o.MaxConnections = (int)n
        ),
        Duration(
            "--group-initial-rebalance-delay-ms",
            "Milliseconds that the first join of an empty group waits for more members. Default: 0.",
            nameof(DevBrokerOptions.GroupInitialRebalanceDelay),
            0,
            static (o, t) => o.GroupInitialRebalanceDelay = t
        ),
        Duration(
            "--group-min-session-timeout-ms",
            "Shortest session timeout of a group's member. Default: 100.",
            nameof(DevBrokerOptions.GroupMinSessionTimeout),
            0,
            static (o, t) => o.GroupMinSessionTimeout = t
        ),
        Duration(
            "--group-max-session-timeout-ms",
            "Longest session timeout of a group's member. Default: 1800000.",
            nameof(DevBrokerOptions.GroupMaxSessionTimeout),
            0,
            static (o, t) => o.GroupMaxSessionTimeout = t
        ),
        Duration(
            "--transaction-max-timeout-ms",
            "Longest transaction timeout of a producer. Default: 900000.",
            nameof(DevBrokerOptions.TransactionMaxTimeout),
            1,
            static (o, t) => o.TransactionMaxTimeout = t
        ),
    ];

    private static BrokerOption Switch(string name, string description, string property, Action<DevBrokerOptions> set) =>
        new(
            name,
            null,
            description,
            property,
            (options, _) =>
            {
                set(options);
                return null;
            }
        );

    private static BrokerOption Text(
        string name,
        string valueName,
        string description,
        string property,
        Action<DevBrokerOptions, string> set
    ) =>
        new(
            name,
            valueName,
            description,
            property,
            (options, value) =>
            {
                set(options, value);
                return null;
            }
        );

    private static BrokerOption Number(
        string name,
        string description,
        string property,
        long min,
        long max,
        Action<DevBrokerOptions, long> set
    ) =>
        new(
            name,
            "n",
            description,
            property,
            (options, value) =>
            {
                if (
                    !long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
                    || number < min
                    || number > max
                )
                {
                    return $"{name} is '{value}'; it must be a number from {min} to {max}.";
                }

                set(options, number);
                return null;
            }
        );

    /// <summary>Milliseconds; a negative number, where it is allowed, is for ever.</summary>
    private static BrokerOption Duration(
        string name,
        string description,
        string property,
        long min,
        Action<DevBrokerOptions, TimeSpan> set
    ) =>
        Number(
            name,
            description,
            property,
            min,
            (long)TimeSpan.MaxValue.TotalMilliseconds,
            (o, n) => set(o, n < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(n))
        );

    private static string? Listen(DevBrokerOptions options, string value)
    {
        if (value == "localhost")
        {
            options.ListenAddress = IPAddress.Loopback;
        }
        else if (IPAddress.TryParse(value, out IPAddress? address))
        {
            options.ListenAddress = address;
        }
        else
        {
            return $"--listen is '{value}'; it must be an IP address, such as 127.0.0.1.";
        }

        return null;
    }

    private static string? AddTopic(DevBrokerOptions options, string value)
    {
        string[] parts = value.Split(':');
        int count = 1;
        if (parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out count)))
        {
            return $"--topic is '{value}'; it must be a name, or a name and a number of partitions such as orders:4.";
        }

        options.Topics[parts[0]] = count;
        return null;
    }
}
