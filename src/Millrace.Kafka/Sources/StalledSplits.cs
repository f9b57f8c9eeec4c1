using System.Globalization;
using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.Kafka.Consuming;

namespace Millrace.Kafka.Sources;

/// <summary>
/// Says which partitions keep a task waiting for what may never come: offsets beyond the end that a bounded read is to stop at, and
/// partitions of which no broker has told anything.
/// </summary>
internal sealed class StalledSplits(RawConsumer consumer, ConnectorContext context, ILogger logger)
{
    /// <summary>After how long it is said.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // What this has said; others say what they wait for in the same place.
    private ConnectorWait? _said;

    /// <summary>Takes back what was said.</summary>
    internal void Clear()
    {
        if (_said is not null && ReferenceEquals(context.Metrics.Waiting, _said))
        {
            context.Metrics.SetWaiting(null);
        }

        _said = null;
    }

    internal void Look(Dictionary<KafkaTopicPartition, SplitState>.ValueCollection splits)
    {
        long now = context.TimeProvider.GetTimestamp();
        ConnectorWait? first = null;
        foreach (SplitState split in splits)
        {
            if (split.IsDone)
            {
                continue;
            }

            if (split.Quiet.Position != split.Position || split.Quiet.SeenEnd != split.SeenEnd)
            {
                split.Quiet = (split.Position, split.SeenEnd, now, false);
                continue;
            }

            TimeSpan quiet = context.TimeProvider.GetElapsedTime(split.Quiet.Since, now);
            if (quiet < Patience || Reason(split) is not { } reason)
            {
                continue;
            }

            first ??= new ConnectorWait($"partition {split.Id}", reason, context.TimeProvider.GetUtcNow() - quiet);
            if (!split.Quiet.IsSaid)
            {
                split.Quiet = split.Quiet with { IsSaid = true };
                Log.WaitsForSplit(logger, context.OperatorUid, context.TaskIndex, $"partition {split.Id}: {reason}");
            }
        }

        if (first is null)
        {
            Clear();
        }
        else if (context.Metrics.Waiting is not { } other || ReferenceEquals(other, _said))
        {
            _said = first;
            context.Metrics.SetWaiting(first);
        }
    }

    private string? Reason(SplitState split)
    {
        if (split.Stop is { } stop && split.SeenEnd is { } end && stop > end)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"it is to be read up to offset {stop}, but ends at {end}: the bounded read ends only when records are written up to "
                    + $"there; give a stop offset that exists, or OffsetsInitializer.Latest()"
            );
        }

        return split.SeenEnd is null && consumer.KnownEnd(split.Partition.Topic, split.Partition.Partition) < 0
            ? "it has not been found on any broker: was its topic removed, or can its leader not be reached? The source waits for it; "
                + "create the topic again, or start without this state"
            : null;
    }
}
