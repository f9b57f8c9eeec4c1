using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.Kafka.Consuming;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Sources;

/// <summary>
/// Checks positions: whether the topic still is the one that was read (KIP-516), and whether the log still has what was read (KIP-320).
/// Learns ids that positions lack. Does nothing where brokers, or the way the connection is secured, do not let it ask. One caller at a
/// time.
/// </summary>
internal sealed class PositionCheck<T>(
    KafkaSourceSettings<T> settings,
    ConnectorContext context,
    string role,
    ILogger logger,
    TimeSpan? timeout = null
) : IAsyncDisposable
{
    private readonly bool _isPossible = LogInspector.IsPossible(settings.Properties);
    private LogInspector? _inspector;

    private LogInspector Inspector =>
        _inspector ??= new LogInspector(
            settings.Properties,
            $"{context.JobName}-{context.OperatorUid}-{role}",
            timeout ?? settings.RequestTimeout,
            context.TimeProvider
        );

    /// <summary>As <see cref="RunAsync"/>, for a task that has nothing else to do before it is done.</summary>
    internal static KafkaSplit[] Run(
        KafkaSourceSettings<T> settings,
        ConnectorContext context,
        string role,
        ILogger logger,
        IReadOnlyList<KafkaSplit> splits
    ) =>
        Task.Run(async () =>
            {
                PositionCheck<T> check = new(settings, context, role, logger);
                await using (check.ConfigureAwait(false))
                {
                    return await check.RunAsync(splits, context.CancellationToken).ConfigureAwait(false);
                }
            })
            .GetAwaiter()
            .GetResult();

    /// <summary>The splits to go on with: the same, with what was learnt, or where the settings accept it, others.</summary>
    /// <exception cref="KafkaClientException">A topic is another one, or a log was cut off.</exception>
    internal async Task<KafkaSplit[]> RunAsync(IReadOnlyList<KafkaSplit> splits, CancellationToken cancellationToken)
    {
        if (!_isPossible || splits.Count == 0)
        {
            return [.. splits];
        }

        IReadOnlyDictionary<string, TopicIdentity> topics = await DescribeAsync(splits, cancellationToken).ConfigureAwait(false);
        KafkaSplit[] found = new KafkaSplit[splits.Count];
        List<(KafkaTopicPartition Partition, int Epoch)> read = [];
        for (int i = 0; i < found.Length; i++)
        {
            found[i] = topics.TryGetValue(splits[i].Partition.Topic, out TopicIdentity? topic) ? Identify(splits[i], topic) : splits[i];
            if (!found[i].IsAnew && splits[i] is { LeaderEpoch: >= 0, Position: > 0 })
            {
                read.Add((splits[i].Partition, splits[i].LeaderEpoch));
            }
        }

        if (read.Count == 0)
        {
            return found;
        }

        IReadOnlyDictionary<KafkaTopicPartition, long> ends = await Inspector.EpochEndsAsync(read, cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < found.Length; i++)
        {
            KafkaTopicPartition partition = found[i].Partition;
            if (
                !found[i].IsAnew
                && ends.TryGetValue(partition, out long end)
                && topics.TryGetValue(partition.Topic, out TopicIdentity? topic)
            )
            {
                found[i] = Compare(found[i], end, topic.EpochOf(partition.Partition));
            }
        }

        return found;
    }

    /// <summary>Finds out whether a topic has become another one while it was read, and what there is to wait for.</summary>
    /// <exception cref="KafkaClientException">It has.</exception>
    internal async Task WatchAsync(IReadOnlyList<KafkaSplit> splits, CancellationToken cancellationToken)
    {
        if (!_isPossible || splits.Count == 0)
        {
            return;
        }

        IReadOnlyDictionary<string, TopicIdentity> topics;
        try
        {
            topics = await DescribeAsync(splits, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            Wait("the brokers", e.Message);
            return;
        }

        KafkaSplit? orphan = splits.FirstOrDefault(split =>
            topics.TryGetValue(split.Partition.Topic, out TopicIdentity? topic) && !topic.HasLeader(split.Partition.Partition)
        );
        if (orphan is null)
        {
            context.Metrics.SetWaiting(null);
        }
        else
        {
            Wait($"partition {orphan.Id}", "it has no leader");
        }

        foreach (KafkaSplit split in splits)
        {
            if (topics.TryGetValue(split.Partition.Topic, out TopicIdentity? topic) && Identify(split, topic).IsAnew)
            {
                throw new KafkaClientException($"{Recreated(split, topic)} The job restarts, to read it from its beginning.");
            }
        }
    }

    private void Wait(string subject, string error)
    {
        DateTimeOffset since =
            context.Metrics.Waiting is { } before && before.Subject == subject ? before.Since : context.TimeProvider.GetUtcNow();
        context.Metrics.SetWaiting(new ConnectorWait(subject, error, since));
    }

    public ValueTask DisposeAsync() => _inspector?.DisposeAsync() ?? ValueTask.CompletedTask;

    private Task<IReadOnlyDictionary<string, TopicIdentity>> DescribeAsync(
        IReadOnlyList<KafkaSplit> splits,
        CancellationToken cancellationToken
    ) => Inspector.DescribeAsync([.. splits.Select(split => split.Partition.Topic).Distinct(StringComparer.Ordinal)], cancellationToken);

    private KafkaSplit Identify(KafkaSplit split, TopicIdentity topic)
    {
        if (topic.Id == Guid.Empty || split.TopicId == topic.Id)
        {
            return split;
        }

        if (split.TopicId == Guid.Empty)
        {
            return split with { TopicId = topic.Id };
        }

        string what = Recreated(split, topic);
        if (!settings.StartsAnewOnRecreatedTopics)
        {
            throw new KafkaClientException(
                $"{what} Reading on from there would skip records of the new topic. Read it from its beginning with "
                    + ".SetStartAnewOnRecreatedTopics(true) on the source's builder, "
                    + "or start the job without its old state."
            )
            {
                SuppressesRestarts = true,
            };
        }

        Log.TopicRecreated(logger, what);
        return split with { Position = LogicalOffset.Beginning, TopicId = topic.Id, LeaderEpoch = -1, IsAnew = true };
    }

    private string Recreated(KafkaSplit split, TopicIdentity topic) =>
        $"Kafka source '{context.OperatorUid}': topic '{split.Partition.Topic}' was deleted and created again: its id is {topic.Id:N}, but "
        + $"position {split.Position} of partition "
        + $"{split.Partition.Partition} is one of the topic with id {split.TopicId:N}.";

    private KafkaSplit Compare(KafkaSplit split, long end, int currentEpoch)
    {
        // A leader forgets old epochs with their records; one that it has not reached is gone with its log.
        bool isForgotten = end < 0 && split.LeaderEpoch <= currentEpoch;
        if (isForgotten || end >= split.Position)
        {
            return split;
        }

        string what = TruncatedLog.Describe(context.OperatorUid, split.Partition, split.Position, end);
        if (end < 0 || !settings.ContinuesOnTruncatedLogs)
        {
            throw TruncatedLog.Create(what, canContinue: end >= 0);
        }

        Log.LogTruncated(logger, what, end);
        return split with { Position = end, LeaderEpoch = currentEpoch };
    }
}
