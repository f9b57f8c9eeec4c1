using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Storage;

/// <summary>The producers of one partition. Used under the lock of its log.</summary>
internal sealed class ProducerTable
{
    private readonly Dictionary<long, ProducerState> _producers = [];

    // Ordered by first offset, because transactions begin at growing offsets.
    private readonly List<(long FirstOffset, long ProducerId)> _open = [];

    /// <summary>First offset of the oldest open transaction, null if none is open.</summary>
    public long? FirstUndecided => _open.Count > 0 ? _open[0].FirstOffset : null;

    public List<ProducerState> Snapshot() => [.. _producers.Values.Select(p => p.Copy())];

    public void Load(List<ProducerState> producers)
    {
        _producers.Clear();
        _open.Clear();
        foreach (ProducerState producer in producers)
        {
            _producers[producer.ProducerId] = producer;
            if (producer.TransactionStart >= 0)
            {
                _open.Add((producer.TransactionStart, producer.ProducerId));
            }
        }

        _open.Sort();
    }

    /// <summary>
    /// Whether an idempotent batch may be appended. A repeat of a remembered batch is no error: it is answered with the place of the
    /// original.
    /// </summary>
    public ErrorCode Check(in BatchHeader batch, out ProducerState.Batch? original)
    {
        original = null;
        if (!_producers.TryGetValue(batch.ProducerId, out ProducerState? producer))
        {
            return ErrorCode.None;
        }

        if (batch.ProducerEpoch < producer.Epoch)
        {
            return ErrorCode.InvalidProducerEpoch;
        }

        if (batch.ProducerEpoch > producer.Epoch)
        {
            return batch.BaseSequence == 0 ? ErrorCode.None : ErrorCode.OutOfOrderSequenceNumber;
        }

        foreach (ProducerState.Batch known in producer.Batches!)
        {
            if (known.FirstSequence != batch.BaseSequence || known.LastSequence != batch.LastSequence)
            {
                continue;
            }

            original = known;
            return ErrorCode.None;
        }

        if (!Follows(producer.LastSequence, batch.BaseSequence))
        {
            return ErrorCode.OutOfOrderSequenceNumber;
        }

        return producer.TransactionStart >= 0 && !batch.IsTransactional ? ErrorCode.InvalidTxnState : ErrorCode.None;
    }

    /// <summary>Takes note of an appended batch with data.</summary>
    /// <param name="now">The broker's time: the records' own may be long past, and must not make a living producer look silent.</param>
    public void Apply(in BatchHeader batch, long now)
    {
        ProducerState producer = GetOrAdd(batch.ProducerId, batch.ProducerEpoch);
        producer.LastTimestamp = now;
        if (producer.Batches!.Count == ProducerState.RememberedBatches)
        {
            producer.Batches.RemoveAt(0);
        }

        producer.Batches.Add(
            new ProducerState.Batch
            {
                FirstSequence = batch.BaseSequence,
                LastSequence = batch.LastSequence,
                BaseOffset = batch.BaseOffset,
                Timestamp = batch.MaxTimestamp,
            }
        );
        if (!batch.IsTransactional || producer.TransactionStart >= 0)
        {
            return;
        }

        producer.TransactionStart = batch.BaseOffset;
        _open.Add((batch.BaseOffset, batch.ProducerId));
    }

    public ErrorCode CheckMarker(long producerId, short epoch, int coordinatorEpoch)
    {
        if (!_producers.TryGetValue(producerId, out ProducerState? producer))
        {
            return ErrorCode.None;
        }

        if (epoch < producer.Epoch)
        {
            return ErrorCode.InvalidProducerEpoch;
        }

        return coordinatorEpoch < producer.CoordinatorEpoch ? ErrorCode.TransactionCoordinatorFenced : ErrorCode.None;
    }

    /// <summary>Takes note of an appended marker; gives the transaction that it rolled back, if it did.</summary>
    public AbortedTransaction? ApplyMarker(in BatchHeader marker, bool commit, int coordinatorEpoch, long now)
    {
        ProducerState producer = GetOrAdd(marker.ProducerId, marker.ProducerEpoch);
        producer.CoordinatorEpoch = coordinatorEpoch;
        producer.LastTimestamp = now;
        long start = producer.TransactionStart;
        if (start < 0)
        {
            return null;
        }

        producer.TransactionStart = -1;
        _open.Remove((start, marker.ProducerId));
        if (commit)
        {
            return null;
        }

        return new AbortedTransaction
        {
            ProducerId = marker.ProducerId,
            FirstOffset = start,
            MarkerOffset = marker.BaseOffset,
            StableOffset = FirstUndecided ?? marker.BaseOffset + 1,
        };
    }

    /// <summary>Forgets producers that have been silent since <paramref name="timestamp"/> and have nothing open.</summary>
    public void Expire(long timestamp)
    {
        foreach ((long id, ProducerState producer) in _producers)
        {
            if (producer.LastTimestamp < timestamp && producer.TransactionStart < 0)
            {
                _producers.Remove(id);
            }
        }
    }

    private static bool Follows(int last, int next) => next == last + 1 || (last == int.MaxValue && next == 0);

    private ProducerState GetOrAdd(long producerId, short epoch)
    {
        if (!_producers.TryGetValue(producerId, out ProducerState? producer))
        {
            _producers[producerId] = producer = new ProducerState { ProducerId = producerId };
        }

        if (producer.Epoch == epoch)
        {
            return producer;
        }

        producer.Epoch = epoch;
        producer.Batches!.Clear();
        return producer;
    }
}
