using System.Runtime.CompilerServices;
using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.DevBroker.Storage;
using Millrace.DevBroker.Topics;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>
/// Gives batches as they are stored. With nothing to give it waits, until a partition grows, the client's time is up, or the connection
/// closes. Every answer is complete (no fetch sessions), which clients take for granted from older brokers.
/// </summary>
internal sealed class FetchHandler(BrokerServices services) : ApiHandler<Fetch.Request, Fetch.Response>
{
    private const int SessionsSince = 7;
    private const int EpochSince = 9;
    private const int TopicIdsSince = 13;
    private const int MaxResponseBytes = 64 << 20;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    public override bool MayPark => true;

    public override ValueTask<Fetch.Response?> HandleAsync(Fetch.Request request, RequestContext context)
    {
        if (context.Version >= SessionsSince && request.SessionId != 0)
        {
            return new(new Fetch.Response { Error = ErrorCode.FetchSessionIdNotFound });
        }

        Fetch.Response response = Collect(request, context.Version, out bool isEnough);
        return isEnough || request.MaxWaitMs <= 0 ? new(response) : WaitAsync(request, response, context);
    }

    public override Fetch.Response Fail(Fetch.Request request, ErrorCode error)
    {
        Fetch.Response response = new();
        foreach (Fetch.Topic<Fetch.Partition> topic in request.Topics!)
        {
            Fetch.Topic<Fetch.PartitionResult> result = new() { Name = topic.Name, TopicId = topic.TopicId };
            foreach (Fetch.Partition partition in topic.Partitions!)
            {
                result.Partitions!.Add(Failed(partition.Index, error));
            }

            response.Topics!.Add(result);
        }

        return response;
    }

    private static Fetch.PartitionResult Failed(int index, ErrorCode error) =>
        new()
        {
            Index = index,
            Error = error,
            HighWatermark = -1,
            LastStableOffset = -1,
            LogStartOffset = -1,
            PreferredReadReplica = -1,
            Records = new RecordsField { Bytes = Memory<byte>.Empty },
        };

    private async ValueTask<Fetch.Response?> WaitAsync(Fetch.Request request, Fetch.Response response, RequestContext context)
    {
        TimeSpan wait = TimeSpan.FromMilliseconds(request.MaxWaitMs);
        List<PartitionLog> logs = LogsOf(request, context.Version);
        long started = services.Time.GetTimestamp();
        while (true)
        {
            TimeSpan left = (wait < LongestWait ? wait : LongestWait) - services.Time.GetElapsedTime(started);
            LogWaiter waiter = new();
            foreach (PartitionLog log in logs)
            {
                log.Waiters.Add(waiter);
            }

            try
            {
                // Once more, because something may have come before the waiter was in place.
                response.Dispose();
                response = Collect(request, context.Version, out bool isEnough);
                if (isEnough || left <= TimeSpan.Zero || context.Closed.IsCancellationRequested)
                {
                    return response;
                }

                ITimer timer = services.Time.CreateTimer(static w => ((LogWaiter)w!).Signal(), waiter, left, Timeout.InfiniteTimeSpan);
                await using ConfiguredAsyncDisposable timerDisposal = timer.ConfigureAwait(false);
                CancellationTokenRegistration closed = context.Closed.UnsafeRegister(static w => ((LogWaiter)w!).Signal(), waiter);
                await using ConfiguredAsyncDisposable closedDisposal = closed.ConfigureAwait(false);
                await waiter.Signalled.ConfigureAwait(false);
            }
            finally
            {
                foreach (PartitionLog log in logs)
                {
                    log.Waiters.Remove(waiter);
                }
            }
        }
    }

    private List<PartitionLog> LogsOf(Fetch.Request request, short version)
    {
        List<PartitionLog> logs = new();
        foreach (Fetch.Topic<Fetch.Partition> topic in request.Topics!)
        {
            if (Find(topic, version) is not { } found)
            {
                continue;
            }

            foreach (Fetch.Partition partition in topic.Partitions!)
            {
                if (partition.Index >= 0 && partition.Index < found.Partitions.Count)
                {
                    logs.Add(found.Partitions[partition.Index].Log);
                }
            }
        }

        return logs;
    }

    private Topic? Find(Fetch.Topic<Fetch.Partition> wanted, short version)
    {
        bool isKnown =
            version >= TopicIdsSince
                ? services.Topics.TryGetShown(wanted.TopicId, out Topic? topic)
                : services.Topics.TryGetShown(wanted.Name, out topic);
        return isKnown ? topic : null;
    }

    /// <summary>
    /// Looks at every partition in the request's order; enough is <c>MinBytes</c>, or an error, which the client should hear of at once.
    /// </summary>
    private Fetch.Response Collect(Fetch.Request request, short version, out bool isEnough)
    {
        Fetch.Response response = new() { Topics = new(request.Topics!.Count) };
        int left = Math.Clamp(request.MaxBytes, 0, MaxResponseBytes);
        long bytes = 0;
        bool failed = false;
        bool asked = false;
        foreach (Fetch.Topic<Fetch.Partition> topic in request.Topics)
        {
            Topic? found = Find(topic, version);
            Fetch.Topic<Fetch.PartitionResult> result = new()
            {
                Name = topic.Name,
                TopicId = topic.TopicId,
                Partitions = new(topic.Partitions!.Count),
            };
            response.Topics.Add(result);
            foreach (Fetch.Partition partition in topic.Partitions)
            {
                Fetch.PartitionResult read = found is null
                    ? Failed(partition.Index, version >= TopicIdsSince ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition)
                    : Read(found, partition, request.IsolationLevel == 1, version, left, atLeastOne: bytes == 0);
                result.Partitions.Add(read);
                asked = true;
                int length = read.Records.Source?.Length ?? 0;
                bytes += length;
                left = Math.Max(0, left - length);
                failed |= read.Error != ErrorCode.None;
            }
        }

        // As Kafka: a fetch of nothing (a client that ends its session) has nothing to wait for.
        isEnough = failed || bytes >= request.MinBytes || !asked;
        return response;
    }

    private Fetch.PartitionResult Read(Topic topic, in Fetch.Partition wanted, bool committed, short version, int left, bool atLeastOne)
    {
        if (wanted.Index < 0 || wanted.Index >= topic.Partitions.Count)
        {
            return Failed(wanted.Index, ErrorCode.UnknownTopicOrPartition);
        }

        if (!services.Topics.HasLeaders(topic))
        {
            return Failed(wanted.Index, ErrorCode.NotLeaderOrFollower);
        }

        Partition partition = topic.Partitions[wanted.Index];
        ErrorCode stale = LeaderEpochCheck.Check(version >= EpochSince ? wanted.CurrentLeaderEpoch : -1, partition.LeaderEpoch);
        if (stale != ErrorCode.None)
        {
            return Failed(wanted.Index, stale);
        }

        ReadResult read = partition.Log.Read(wanted.FetchOffset, Math.Min(left, wanted.MaxBytes), committed, atLeastOne);
        return new Fetch.PartitionResult
        {
            Index = wanted.Index,
            Error = read.Error,
            HighWatermark = read.HighWatermark,
            LastStableOffset = read.LastStableOffset,
            LogStartOffset = read.LogStartOffset,
            PreferredReadReplica = -1,
            AbortedTransactions = committed ? ToWire(read.Aborted) : null,
            Records = new RecordsField { Bytes = Memory<byte>.Empty, Source = read.Records },
        };
    }

    private static List<Fetch.AbortedTransaction> ToWire(List<AbortedTransaction>? aborted) =>
        aborted is null
            ? []
            : aborted.ConvertAll(a => new Fetch.AbortedTransaction { ProducerId = a.ProducerId, FirstOffset = a.FirstOffset });
}
