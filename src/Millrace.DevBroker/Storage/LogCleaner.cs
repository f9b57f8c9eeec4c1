using Microsoft.Extensions.Logging;
using Millrace.DevBroker.Topics;

namespace Millrace.DevBroker.Storage;

/// <summary>Applies retention and compaction to all logs, one after the other, at fixed intervals.</summary>
internal sealed class LogCleaner : IAsyncDisposable
{
    private static readonly TimeSpan ProducerExpiration = TimeSpan.FromDays(1);

    private readonly TopicStore _topics;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly PeriodicTimer _timer;
    private Task _running = Task.CompletedTask;

    public LogCleaner(DevBrokerOptions options, TopicStore topics)
    {
        _topics = topics;
        _logger = options.LoggerFactory.CreateLogger<LogCleaner>();
        _timer = new PeriodicTimer(options.CleanupInterval, options.TimeProvider);
    }

    public void Start() => _running = RunAsync();

    /// <summary>One round over all partitions.</summary>
    public void Clean()
    {
        foreach (Topic topic in _topics.All)
        {
            foreach (Partition partition in topic.Partitions)
            {
                if (_stopping.IsCancellationRequested)
                {
                    return;
                }

                if (partition.HasLog)
                {
                    Clean(partition);
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _timer.Dispose();
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private void Clean(Partition partition)
    {
        try
        {
            partition.Log.ApplyRetention(ProducerExpiration);
            partition.Log.ApplyCompaction();
        }
        catch (ObjectDisposedException)
        {
            // The topic was deleted meanwhile.
        }
#pragma warning disable CA1031 // One broken partition must not keep the others from being cleaned.
        catch (Exception failed)
#pragma warning restore CA1031
        {
            Log.CleaningFailed(_logger, $"{partition.Topic}-{partition.Index}", failed);
        }
    }

    private async Task RunAsync()
    {
        while (await _timer.WaitForNextTickAsync().ConfigureAwait(false))
        {
            await Task.Run(Clean).ConfigureAwait(false);
        }
    }
}
