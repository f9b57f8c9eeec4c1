using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Millrace.DevBroker;

/// <summary>How a development broker runs. Every value has a default that suits a test: in memory, on a free loopback port.</summary>
public sealed class DevBrokerOptions
{
    /// <summary>
    /// Address to listen on. Default: 127.0.0.1. Any other than a loopback address needs
    /// <see cref="AllowNonLoopbackWithoutAuthentication"/>.
    /// </summary>
    public IPAddress ListenAddress { get; set; } = IPAddress.Loopback;

    /// <summary>
    /// Lets the broker listen on an address that other machines can reach. It has no authentication, no encryption and no quotas: whoever
    /// reaches the port can read, write and delete everything. Default: false.
    /// </summary>
    public bool AllowNonLoopbackWithoutAuthentication { get; set; }

    /// <summary>Port to listen on; 0 takes a free one. Default: 0.</summary>
    [Range(0, 65535)]
    public int Port { get; set; }

    /// <summary>
    /// Host name that clients are told to connect to. Default: null, the listen address (the loopback address when listening on all).
    /// </summary>
    public string? AdvertisedHost { get; set; }

    /// <summary>Where segments are kept. Default: null, everything stays in memory and is gone when the broker stops.</summary>
    public string? Directory { get; set; }

    /// <summary>
    /// Acknowledges only what is on the disk (fsync). Default: false, as in Kafka: acknowledged data survives the death of the process, but
    /// not of the machine.
    /// </summary>
    public bool Fsync { get; set; }

    /// <summary>Whether asking for an unknown topic creates it. Default: true.</summary>
    public bool AutoCreateTopics { get; set; } = true;

    /// <summary>Partitions of a topic that is created without saying how many. Default: 1.</summary>
    [Range(1, 100_000)]
    public int DefaultPartitions { get; set; } = 1;

    /// <summary>Topics that exist from the start, with their number of partitions. Default: none.</summary>
    public IDictionary<string, int> Topics { get; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>Node id in the cluster of one. Default: 1.</summary>
    [Range(0, int.MaxValue)]
    public int NodeId { get; set; } = 1;

    /// <summary>Size from which on a new segment is begun (topic config <c>segment.bytes</c>). Default: 128 MiB.</summary>
    [Range(1024, 1 << 30)]
    public int SegmentBytes { get; set; } = 128 << 20;

    /// <summary>Bytes that each partition keeps at most (topic config <c>retention.bytes</c>), -1 for no limit. Default: -1.</summary>
    [Range(-1, long.MaxValue)]
    public long RetentionBytes { get; set; } = -1;

    /// <summary>
    /// How long records are kept (topic config <c>retention.ms</c>); <see cref="Timeout.InfiniteTimeSpan"/> keeps them for ever. As in
    /// Kafka the age counts from the records' own timestamps. Default: for ever (Kafka: 7 days), because test data often carries timestamps
    /// long past.
    /// </summary>
    public TimeSpan Retention { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>How often retention and compaction look for something to do. Default: 30 seconds.</summary>
    public TimeSpan CleanupInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Largest request that is read, in bytes; a larger one closes its connection. Default: 100 MiB.</summary>
    [Range(1024, 1 << 30)]
    public int MaxRequestBytes { get; set; } = 100 << 20;

    /// <summary>
    /// Largest record batch that is taken, in bytes (topic config <c>max.message.bytes</c>). Default: 32 MiB; Kafka's own default is 1 MiB.
    /// </summary>
    [Range(1024, 1 << 30)]
    public int MaxMessageBytes { get; set; } = 32 << 20;

    /// <summary>Connections that are open at the same time at most; further ones are closed at once. Default: 1000.</summary>
    [Range(1, 100_000)]
    public int MaxConnections { get; set; } = 1000;

    /// <summary>
    /// How long the first join of an empty group waits for further members (<c>group.initial.rebalance.delay.ms</c>). Default: zero; Kafka
    /// waits 3 seconds.
    /// </summary>
    public TimeSpan GroupInitialRebalanceDelay { get; set; } = TimeSpan.Zero;

    /// <summary>Shortest session timeout a group member may ask for. Default: 100 ms; Kafka's is 6 seconds.</summary>
    public TimeSpan GroupMinSessionTimeout { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest session timeout a group member may ask for. Default: 30 minutes.</summary>
    public TimeSpan GroupMaxSessionTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Longest transaction timeout a producer may ask for. Default: 15 minutes.</summary>
    public TimeSpan TransactionMaxTimeout { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// How long a topic that is created stays out of sight though its creation was answered, as on Apache Kafka; see
    /// <see cref="DevBrokerFaults.TopicVisibilityDelay"/>. Topics that exist from the start are not concerned. Default: null, which is what
    /// the environment variable <c>MILLRACE_BROKER_TOPIC_VISIBILITY_MS</c> says (so that whole test suites can run with it), or zero.
    /// </summary>
    public TimeSpan? TopicVisibilityDelay { get; set; }

    /// <summary>The clock of everything in the broker. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where logs go. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;
}
