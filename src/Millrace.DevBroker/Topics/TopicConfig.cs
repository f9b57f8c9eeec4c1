using System.Globalization;
using Millrace.DevBroker.Storage;

namespace Millrace.DevBroker.Topics;

/// <summary>The topic configs that are known, with Kafka's names. Those that make no difference on one node are taken and shown, so that scripts written for Kafka run.</summary>
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
        new("cleanup.policy", ListType, _ => Delete, v => v.Split(',').All(p => p.Trim() is Delete or Compact)),
        new("compression.type", StringType, _ => "producer", v => v == "producer"),
        Long("delete.retention.ms", _ => 86_400_000, 0, long.MaxValue),
        Long("file.delete.delay.ms", _ => 60_000, 0, long.MaxValue),
        Long("flush.messages", _ => long.MaxValue, 1, long.MaxValue),
        Long("flush.ms", _ => long.MaxValue, 0, long.MaxValue),
        Long("max.compaction.lag.ms", _ => long.MaxValue, 1, long.MaxValue),
        Int("max.message.bytes", o => o.MaxMessageBytes, 1),
        new("message.timestamp.type", StringType, _ => "CreateTime", v => v is "CreateTime" or "LogAppendTime"),
        new("min.cleanable.dirty.ratio", DoubleType, _ => "0.5", v => TryDouble(v, out var d) && d is >= 0 and <= 1),
        Long("min.compaction.lag.ms", _ => 0, 0, long.MaxValue),
        Int("min.insync.replicas", _ => 1, 1),
        Long("retention.bytes", o => o.RetentionBytes, -1, long.MaxValue),
        Long("retention.ms", o => o.Retention < TimeSpan.Zero ? -1 : (long)o.Retention.TotalMilliseconds, -1, long.MaxValue),
        Int("segment.bytes", DefaultSegmentBytes, 1024),
        Int("segment.index.bytes", _ => 10_485_760, 4),
        Long("segment.ms", _ => 604_800_000, 1, long.MaxValue),
        new("unclean.leader.election.enable", BooleanType, _ => "false", v => v is "true" or "false"),
    ];

    /// <summary>What is wrong with a config, null if nothing is.</summary>
    public static string? Check(string name, string? value)
    {
        var definition = All.FirstOrDefault(d => d.Name == name);
        if (definition is null) return $"Unknown topic config '{name}'; known are {string.Join(", ", All.Select(d => d.Name))}.";
        return value is not null && definition.Allows(value) ? null : $"Topic config {name} cannot be '{value}'.";
    }

    /// <summary>The settings of the logs of a topic with these configs.</summary>
    public static LogConfig Effective(IReadOnlyDictionary<string, string> configs, DevBrokerOptions options)
    {
        string Get(string name) => configs.TryGetValue(name, out var value) ? value : All.First(d => d.Name == name).Default(options);
        long Number(string name) => long.Parse(Get(name), CultureInfo.InvariantCulture);
        var policies = Get("cleanup.policy").Split(',', StringSplitOptions.TrimEntries);
        return new LogConfig(
            SegmentBytes: (int)Number("segment.bytes"),
            SegmentAge: Number("segment.ms"),
            RetentionBytes: Number("retention.bytes"),
            RetentionMs: Number("retention.ms"),
            Delete: policies.Contains(Delete),
            Compact: policies.Contains(Compact),
            DeleteRetentionMs: Number("delete.retention.ms"),
            MinDirtyRatio: double.Parse(Get("min.cleanable.dirty.ratio"), CultureInfo.InvariantCulture),
            MaxBatchBytes: (int)Number("max.message.bytes"),
            LogAppendTime: Get("message.timestamp.type") == "LogAppendTime");
    }

    /// <summary>Memory is given back by the segment, so there they are smaller.</summary>
    private static long DefaultSegmentBytes(DevBrokerOptions options) => options.Directory is null ? Math.Min(options.SegmentBytes, 16 << 20) : options.SegmentBytes;

    private static Definition Int(string name, Func<DevBrokerOptions, long> byDefault, long min) => Number(name, IntType, byDefault, min, int.MaxValue);

    private static Definition Long(string name, Func<DevBrokerOptions, long> byDefault, long min, long max) => Number(name, LongType, byDefault, min, max);

    private static Definition Number(string name, sbyte type, Func<DevBrokerOptions, long> byDefault, long min, long max) => new(
        name,
        type,
        o => byDefault(o).ToString(CultureInfo.InvariantCulture),
        v => long.TryParse(v, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max);

    private static bool TryDouble(string value, out double number) => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
}
