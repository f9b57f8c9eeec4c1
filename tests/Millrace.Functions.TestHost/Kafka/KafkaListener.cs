using System.Threading.Channels;
using Confluent.Kafka;

namespace Millrace.Functions.TestHost.Kafka;

/// <summary>
/// A Kafka trigger with the semantics of the extension's listener. One thread polls and gathers batches, of all partitions it has mixed, up
/// to a size or a time; a loop runs one batch after the other, and stores its offsets when the function has succeeded. A batch that fails
/// runs again at once. A rebalance does not stop anything: batches of partitions that were lost still run.
/// </summary>
internal sealed class KafkaListener : IAsyncDisposable
{
    private static readonly TimeSpan ShortestPoll = TimeSpan.FromMilliseconds(1);
    private readonly KafkaOptions _options;
    private readonly Func<IReadOnlyList<ConsumeResult<byte[]?, byte[]?>>, CancellationToken, Task> _run;
    private readonly Action<string> _log;
    private readonly string _name;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _aborting = new();
    private readonly Channel<List<ConsumeResult<byte[]?, byte[]?>>> _batches;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly Task _polling;
    private readonly Task _running;

    public KafkaListener(
        string name,
        ConsumerConfig config,
        string topic,
        KafkaOptions options,
        Func<IReadOnlyList<ConsumeResult<byte[]?, byte[]?>>, CancellationToken, Task> run,
        Action<string> log
    )
    {
        _name = name;
        _options = options;
        _run = run;
        _log = log;
        _batches = Channel.CreateBounded<List<ConsumeResult<byte[]?, byte[]?>>>(options.ExecutorChannelCapacity);
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(config)
            .SetErrorHandler((_, error) => log($"host: {name}: {error.Reason}"))
            .SetPartitionsAssignedHandler((_, partitions) => log($"host: {name}: assigned {string.Join(", ", partitions)}"))
            .SetPartitionsRevokedHandler((_, partitions) => log($"host: {name}: revoked {string.Join(", ", partitions)}"))
            .SetPartitionsLostHandler((_, partitions) => log($"host: {name}: lost {string.Join(", ", partitions)}"))
            .Build();
        _consumer.Subscribe(topic);
        _polling = Task
            .Factory.StartNew(PollAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .Unwrap();
        _running = Task.Run(RunAsync);
    }

    /// <summary>Takes no more batches and lets the one that runs end.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_polling, _running);
        _consumer.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _aborting.CancelAsync();
        await Task.WhenAll(_polling, _running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _consumer.Dispose();
        _stopping.Dispose();
        _aborting.Dispose();
    }

    private async Task PollAsync()
    {
        TimeSpan interval = TimeSpan.FromSeconds(_options.SubscriberIntervalInSeconds);
        while (!_stopping.IsCancellationRequested)
        {
            List<ConsumeResult<byte[]?, byte[]?>> batch = Gather(interval);
            try
            {
                if (batch.Count > 0)
                {
                    await _batches.Writer.WriteAsync(batch, _stopping.Token);
                }
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        _batches.Writer.TryComplete();
    }

    private List<ConsumeResult<byte[]?, byte[]?>> Gather(TimeSpan interval)
    {
        List<ConsumeResult<byte[]?, byte[]?>> batch = [];
        long start = TimeProvider.System.GetTimestamp();
        while (batch.Count < _options.MaxBatchSize && !_stopping.IsCancellationRequested)
        {
            TimeSpan left = interval - TimeProvider.System.GetElapsedTime(start);
            try
            {
                if (_consumer.Consume(left > ShortestPoll ? left : ShortestPoll) is { } record)
                {
                    batch.Add(record);
                }
                else if (left <= ShortestPoll)
                {
                    break;
                }
            }
            catch (ConsumeException exception)
            {
                _log($"host: {_name}: {exception.Error.Reason}");
            }
        }

        return batch;
    }

    private async Task RunAsync()
    {
        await foreach (List<ConsumeResult<byte[]?, byte[]?>> batch in _batches.Reader.ReadAllAsync())
        {
            if (_stopping.IsCancellationRequested || !await DeliverAsync(batch))
            {
                return;
            }

            foreach (ConsumeResult<byte[]?, byte[]?> last in batch.GroupBy(record => record.TopicPartition).Select(group => group.Last()))
            {
                Store(last);
            }
        }
    }

    // Whether the batch's offsets are stored: it has succeeded, or the host has given it up.
    private async Task<bool> DeliverAsync(List<ConsumeResult<byte[]?, byte[]?>> batch)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await _run(batch, _aborting.Token);
                return true;
            }
            catch (Exception) when (_aborting.IsCancellationRequested)
            {
                return false;
            }
            catch (Exception exception)
            {
                _log($"host: {_name}: a batch of {batch.Count} failed, attempt {attempt + 1}: {exception.Message}");
                if (_options.CommitOnFailure || (_options.MaxRetries >= 0 && attempt >= _options.MaxRetries))
                {
                    return true;
                }

                if (_stopping.IsCancellationRequested)
                {
                    return false;
                }
            }
        }
    }

    private void Store(ConsumeResult<byte[]?, byte[]?> record)
    {
        try
        {
            _consumer.StoreOffset(record);
        }
        catch (KafkaException exception)
        {
            // The partition is another's by now.
            _log($"host: {_name}: offset {record.TopicPartitionOffset} was not stored: {exception.Error.Reason}");
        }
    }
}
