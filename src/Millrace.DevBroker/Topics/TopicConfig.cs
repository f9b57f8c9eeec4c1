using System.Globalization;
using Millrace.DevBroker.Storage;

namespace Millrace.DevBroker.Topics;

/// <summary>
/// The topic configs that are known, with Kafka's names. All of Kafka 4.3 are taken and shown, so that scripts written for it run; those
/// that make no difference here do nothing.
/// </summary>
internal static class TopicConfig
{
    private const string Delete = "delete";
    private const string Compact = "compact";

    /// <summary>One config: its type as in Kafka's DescribeConfigs, its default and its bounds.</summary>
    internal sealed record Definition(string Name, sbyte Type, Func<DevBrokerOptions, string> Default, Func<string, bool> Allows);

    public const sbyte BooleanType = 1;
    public const sbyte StringType = 2;
    public const sbyte IntType = 3;
    public const sbyte LongType = 5;
    public const sbyte DoubleType = 6;
    public const sbyte ListType = 7;

    public static IReadOnlyList<Definition> All { get; } =
    [
        new("cleanup.policy", ListType, _ => Delete, IsCleanupPolicy),
        new("compression.gzip.level", IntType, _ => "-1", v => TryLong(v, out long n) && n is -1 or (>= 1 and <= 9)),
        Number("compression.lz4.level", IntType, _ => 9, 1, 17),
        OneOf("compression.type", "producer", "uncompressed", "zstd", "lz4", "snappy", "gzip"),
        Number("compression.zstd.level", IntType, _ => 3, -131_072, 22),
        Long("delete.retention.ms", 86_400_000, 0),
        Long("file.delete.delay.ms", 60_000, 0),
        Long("flush.messages", long.MaxValue, 1),
        Long("flush.ms", long.MaxValue, 0),
        new("follower.replication.throttled.replicas", ListType, _ => "", AreReplicas),
        Int("index.interval.bytes", _ => 4096, 0),
        new("leader.replication.throttled.replicas", ListType, _ => "", AreReplicas),
        Long("local.retention.bytes", -2, -2),
        Long("local.retention.ms", -2, -2),
        Long("max.compaction.lag.ms", long.MaxValue, 1),
        Int("max.message.bytes", o => o.MaxMessageBytes, 0),
        Long("message.timestamp.after.max.ms", long.MaxValue, 0),
        Long("message.timestamp.before.max.ms", long.MaxValue, 0),
        OneOf("message.timestamp.type", "CreateTime", "LogAppendTime"),
        new("min.cleanable.dirty.ratio", DoubleType, _ => "0.5", v => TryDouble(v, out double d) && d is >= 0 and <= 1),
        Long("min.compaction.lag.ms", 0, 0),
        Int("min.insync.replicas", _ => 1, 1),
        Boolean("preallocate"),
        Boolean("remote.log.copy.disable"),
        Boolean("remote.log.delete.on.disable"),
        Boolean("remote.storage.enable"),
        Number("retention.bytes", LongType, o => o.RetentionBytes, long.MinValue, long.MaxValue),
        Number("retention.ms", LongType, o => o.Retention < TimeSpan.Zero ? -1 : (long)o.Retention.TotalMilliseconds, -1, long.MaxValue),
        Int("segment.bytes", DefaultSegmentBytes, 1024),
        Int("segment.index.bytes", _ => 10_485_760, 4),
        Long("segment.jitter.ms", 0, 0),
        Long("segment.ms", 604_800_000, 1),
        Boolean("unclean.leader.election.enable"),
    ];

    /// <summary>What is wrong with a config, null if nothing is.</summary>
    public static string? Check(string name, string? value)
    {
        Definition? definition = All.FirstOrDefault(d => d.Name == name);
        if (definition is null)
        {
            return $"Unknown topic config name: {name}. Known are {string.Join(", ", All.Select(d => d.Name))}.";
        }

        return value is not null && definition.Allows(value) ? null : $"Invalid value {value ?? "null"} for configuration {name}.";
    }

    /// <summary>What is wrong with all configs of a topic, alone or together; null if nothing is.</summary>
    public static string? Check(IEnumerable<KeyValuePair<string, string?>> configs)
    {
        Dictionary<string, string> all = new(StringComparer.Ordinal);
        foreach ((string name, string? value) in configs)
        {
            if (Check(name, value) is { } wrong)
            {
                return wrong;
            }

            all[name] = value!;
        }

        if (all.TryGetValue("remote.storage.enable", out string? remote) && IsTrue(remote))
        {
            return "Tiered storage is not there: remote.storage.enable cannot be true.";
        }

        long least = all.TryGetValue("min.compaction.lag.ms", out string? min) ? ToLong(min) : 0;
        long most = all.TryGetValue("max.compaction.lag.ms", out string? max) ? ToLong(max) : long.MaxValue;
        return least > most ? $"Conflict of topic configs: min.compaction.lag.ms ({least}) > max.compaction.lag.ms ({most})." : null;
    }

    /// <summary>The settings of the logs of a topic with these configs.</summary>
    public static LogConfig Effective(IReadOnlyDictionary<string, string> configs, DevBrokerOptions options)
    {
        string Get(string name) => configs.TryGetValue(name, out string? value) ? value : All.First(d => d.Name == name).Default(options);
        long Number(string name) => ToLong(Get(name));
        string[] policies = Items(Get("cleanup.policy"));
        return new LogConfig(
            SegmentBytes: (int)Number("segment.bytes"),
            SegmentAge: Number("segment.ms"),
            RetentionBytes: Math.Max(-1, Number("retention.bytes")),
            RetentionMs: Number("retention.ms"),
            Delete: policies.Contains(Delete),
            Compact: policies.Contains(Compact),
            DeleteRetentionMs: Number("delete.retention.ms"),
            MinDirtyRatio: double.Parse(Get("min.cleanable.dirty.ratio"), CultureInfo.InvariantCulture),
            MaxBatchBytes: (int)Number("max.message.bytes"),
            LogAppendTime: Get("message.timestamp.type") == "LogAppendTime"
        );
    }

    /// <summary>Memory is given back by the segment, so there they are smaller.</summary>
    private static long DefaultSegmentBytes(DevBrokerOptions options) =>
        options.Directory is null ? Math.Min(options.SegmentBytes, 16 << 20) : options.SegmentBytes;

    private static Definition Int(string name, Func<DevBrokerOptions, long> byDefault, long min) =>
        Number(name, IntType, byDefault, min, int.MaxValue);

    private static Definition Long(string name, long byDefault, long min) => Number(name, LongType, _ => byDefault, min, long.MaxValue);

    private static Definition Number(string name, sbyte type, Func<DevBrokerOptions, long> byDefault, long min, long max) =>
        new(
            name,
            type,
            o => byDefault(o).ToString(CultureInfo.InvariantCulture),
            v => TryLong(v, out long number) && number >= min && number <= max
        );

    private static Definition Boolean(string name) =>
        new(name, BooleanType, _ => "false", v => IsTrue(v) || v.Trim().Equals("false", StringComparison.OrdinalIgnoreCase));

    private static Definition OneOf(string name, params string[] values) => new(name, StringType, _ => values[0], values.Contains);

    /// <summary>As in Kafka 4.2 and later an empty list keeps everything.</summary>
    private static bool IsCleanupPolicy(string value)
    {
        string[] policies = Items(value);
        return policies.All(p => p is Delete or Compact) && policies.Distinct(StringComparer.Ordinal).Count() == policies.Length;
    }

    /// <summary>Partition and broker of each: 0:1,1:1. A star is all.</summary>
    private static bool AreReplicas(string value) =>
        value.Trim() == "*"
        || Array.TrueForAll(
            Items(value),
            item =>
            {
                string[] parts = item.Split(':');
                return parts.Length == 2 && Array.TrueForAll(parts, part => part.Length > 0 && part.All(char.IsAsciiDigit));
            }
        );

    private static string[] Items(string value) => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool IsTrue(string value) => value.Trim().Equals("true", StringComparison.OrdinalIgnoreCase);

    private static bool TryLong(string value, out long number) =>
        long.TryParse(value.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private static long ToLong(string value) =>
        TryLong(value, out long number) ? number : throw new FormatException($"'{value}' is no number.");

    private static bool TryDouble(string value, out double number) =>
        double.TryParse(value.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out number);
}
