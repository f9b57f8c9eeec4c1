using System.Globalization;

namespace Millrace.DevBroker.Handlers;

/// <summary>The broker's settings under Kafka's names, for DescribeConfigs. They cannot be changed while it runs.</summary>
internal static class BrokerConfig
{
    public static IEnumerable<KeyValuePair<string, string>> All(DevBrokerOptions options)
    {
        yield return new("auto.create.topics.enable", options.AutoCreateTopics ? "true" : "false");
        yield return new("broker.id", Text(options.NodeId));
        yield return new("default.replication.factor", "1");
        yield return new("group.initial.rebalance.delay.ms", Text((long)options.GroupInitialRebalanceDelay.TotalMilliseconds));
        yield return new("group.max.session.timeout.ms", Text((long)options.GroupMaxSessionTimeout.TotalMilliseconds));
        yield return new("group.min.session.timeout.ms", Text((long)options.GroupMinSessionTimeout.TotalMilliseconds));
        yield return new("log.dirs", options.Directory ?? "");
        yield return new("log.retention.bytes", Text(options.RetentionBytes));
        yield return new("log.retention.ms", Text(options.Retention < TimeSpan.Zero ? -1 : (long)options.Retention.TotalMilliseconds));
        yield return new("log.segment.bytes", Text(options.SegmentBytes));
        yield return new("message.max.bytes", Text(options.MaxMessageBytes));
        yield return new("num.partitions", Text(options.DefaultPartitions));
        yield return new("socket.request.max.bytes", Text(options.MaxRequestBytes));
        yield return new("transaction.max.timeout.ms", Text((long)options.TransactionMaxTimeout.TotalMilliseconds));
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
