using Millrace.Connectors;

namespace Millrace.Kafka.Sources;

/// <summary>
/// Looks from time to time, beside the reading, whether the topics that are read still are the same. Belongs to the task's thread.
/// </summary>
internal sealed class TopicWatch<T>(PositionCheck<T> check, ConnectorContext context) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IntervalWhileWaiting = TimeSpan.FromSeconds(2);
    private readonly CancellationTokenSource _ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
    private long _lookedAt = context.TimeProvider.GetTimestamp();
    private Task _looking = Task.CompletedTask;

    /// <summary>Begins to look when it is time.</summary>
    /// <exception cref="KafkaClientException">The last look found another topic.</exception>
    internal void Poll(Dictionary<KafkaTopicPartition, SplitState>.ValueCollection splits)
    {
        if (_looking is { IsFaulted: true, Exception.InnerException: KafkaClientException found })
        {
            throw found;
        }

        if (
            !_looking.IsCompleted
            || context.TimeProvider.GetElapsedTime(_lookedAt) < (context.Metrics.Waiting is null ? Interval : IntervalWhileWaiting)
        )
        {
            return;
        }

        _lookedAt = context.TimeProvider.GetTimestamp();
        KafkaSplit[] now = [.. splits.Where(static split => !split.IsDone).Select(static split => split.ToSplit())];
        _looking = Task.Run(() => check.WatchAsync(now, _ending.Token), _ending.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _looking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await check.DisposeAsync().ConfigureAwait(false);
        _ending.Dispose();
    }
}
