using Millrace.Connectors;
using Millrace.Kafka.Consuming;

namespace Millrace.Kafka.Sources;

/// <summary>Reports how many records wait in a task's partitions, once a second, from what the client knows anyway.</summary>
internal sealed class LagMeter(RawConsumer consumer, ConnectorContext context)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private long _measuredAt = context.TimeProvider.GetTimestamp();

    /// <summary>Measures, if it is time to.</summary>
    /// <returns>Whether it was.</returns>
    internal bool Measure(Dictionary<KafkaTopicPartition, SplitState>.ValueCollection splits)
    {
        long now = context.TimeProvider.GetTimestamp();
        if (context.TimeProvider.GetElapsedTime(_measuredAt, now) < Interval)
        {
            return false;
        }

        _measuredAt = now;
        long pending = 0;
        foreach (SplitState split in splits)
        {
            if (split.IsDone || split.Position < 0)
            {
                continue;
            }

            long end = consumer.KnownEnd(split.Partition.Topic, split.Partition.Partition);
            if (end < 0)
            {
                continue;
            }

            pending += Math.Max(0, Math.Min(end, split.Stop ?? long.MaxValue) - split.Position);
        }

        context.Metrics.SetPendingRecords(pending);
        return true;
    }
}
