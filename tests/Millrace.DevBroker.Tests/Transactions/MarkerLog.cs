using System.Collections.Concurrent;
using Millrace.DevBroker.Groups;
using Millrace.DevBroker.Transactions;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Transactions;

/// <summary>Partitions that only note the markers they are given; from a chosen marker on they can fail.</summary>
internal sealed class MarkerLog : ITransactionLog
{
    private readonly ConcurrentQueue<Marker> _markers;
    private int _markersLeft = int.MaxValue;

    public MarkerLog()
        : this([]) { }

    private MarkerLog(ConcurrentQueue<Marker> markers) => _markers = markers;

    public IReadOnlyList<Marker> Markers => [.. _markers];

    public void FailAfter(int markers) => _markersLeft = markers;

    public MarkerLog AfterCrash() => new(_markers);

    public bool Exists(string topic, int partition) => true;

    public ValueTask<ErrorCode> AppendMarkerAsync(
        string topic,
        int partition,
        long producerId,
        short producerEpoch,
        bool commit,
        int coordinatorEpoch,
        CancellationToken cancellationToken
    )
    {
        if (_markersLeft-- <= 0)
        {
            return new(ErrorCode.KafkaStorageError);
        }

        if (string.Equals(topic, "deleted", StringComparison.Ordinal))
        {
            return new(ErrorCode.UnknownTopicOrPartition);
        }

        _markers.Enqueue(new Marker(new TopicPartition(topic, partition), new ProducerIdentity(producerId, producerEpoch), commit));
        return new(ErrorCode.None);
    }

    internal sealed record Marker(TopicPartition Partition, ProducerIdentity Producer, bool Commit);
}
