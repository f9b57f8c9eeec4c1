using System.Collections.Concurrent;
using Confluent.Kafka;

namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>
/// A group member on a thread of its own. It commits each record before it counts it as processed; a record whose commit is refused is read
/// again by whoever owns its partition then. So every record is processed once, whatever joins, leaves and crashes.
/// </summary>
internal sealed class LibrdkafkaMember : IAsyncDisposable
{
    private readonly IConsumer<string?, string?> _consumer;
    private readonly ProcessedRecords _processed;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private volatile IReadOnlyList<int> _partitions = [];
    private volatile bool _leave;

    public LibrdkafkaMember(
        BrokerUnderTest broker,
        string group,
        string topic,
        ProcessedRecords processed,
        PartitionAssignmentStrategy strategy,
        string? instanceId = null
    )
    {
        ConsumerConfig config = Librdkafka.ConsumerConfig(broker.BootstrapServers, group);
        config.EnablePartitionEof = false;
        config.PartitionAssignmentStrategy = strategy;
        config.GroupInstanceId = instanceId;
        _processed = processed;
        _consumer = Librdkafka
            .Builder(config)
            .SetPartitionsAssignedHandler((_, partitions) => Rebalances.Enqueue(("assigned", partitions.Count)))
            .SetPartitionsRevokedHandler((_, partitions) => Rebalances.Enqueue(("revoked", partitions.Count)))
            .SetPartitionsLostHandler((_, partitions) => Rebalances.Enqueue(("lost", partitions.Count)))
            .Build();
        _consumer.Subscribe(topic);
        _running = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public ConcurrentQueue<(string Kind, int Partitions)> Rebalances { get; } = new();

    public IReadOnlyList<int> Partitions => _partitions;

    public string MemberId => _consumer.MemberId;

    /// <summary>Says goodbye to the group.</summary>
    public Task LeaveAsync()
    {
        _leave = true;
        return StopAsync();
    }

    /// <summary>Is gone without a word; the group learns it when the session expires.</summary>
    public Task CrashAsync() => StopAsync();

    public async ValueTask DisposeAsync() => await StopAsync();

    public static async Task WaitForAssignmentAsync(int partitions, params LibrdkafkaMember[] members) =>
        await Eventually.Until(
            () =>
                members.All(member => member.Partitions.Count > 0)
                && members.SelectMany(member => member.Partitions).Order().SequenceEqual(Enumerable.Range(0, partitions)),
            $"{members.Length} members share {partitions} partitions"
        );

    private async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    private void Run()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                if (Poll() is { } result)
                {
                    Process(result);
                }

                _partitions = [.. _consumer.Assignment.Select(partition => partition.Partition.Value)];
            }

            if (_leave)
            {
                _consumer.Close();
            }
        }
        finally
        {
            _partitions = [];
            _consumer.Dispose();
        }
    }

    private ConsumeResult<string?, string?>? Poll()
    {
        try
        {
            return _consumer.Consume(TimeSpan.FromMilliseconds(50));
        }
        catch (ConsumeException exception) when (!exception.Error.IsFatal)
        {
            return null;
        }
    }

    private void Process(ConsumeResult<string?, string?> result)
    {
        try
        {
            _consumer.Commit([new TopicPartitionOffset(result.TopicPartition, result.Offset + 1)]);
            _processed.Add(result.Message.Value!);
        }
        catch (KafkaException)
        {
            TrySeekBack(result.TopicPartitionOffset);
        }
    }

    private void TrySeekBack(TopicPartitionOffset to)
    {
        try
        {
            _consumer.Seek(to);
        }
        catch (KafkaException)
        {
            // Not ours any more: its new owner starts from what was committed.
        }
    }
}
