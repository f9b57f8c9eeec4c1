using Millrace.DevBroker.Protocol;

namespace Millrace.DevBroker.Storage;

/// <summary>
/// What a partition knows of one producer id: its epoch, its last batches (to recognise repeats) and its open transaction.
/// </summary>
internal sealed class ProducerState : IMessage
{
    /// <summary>Kafka's number: clients have up to five batches under way.</summary>
    public const int RememberedBatches = 5;

    public long ProducerId;
    public short Epoch = -1;
    public int CoordinatorEpoch = -1;
    public long LastTimestamp = -1;

    /// <summary>First offset of the open transaction, -1 if there is none.</summary>
    public long TransactionStart = -1;

    /// <summary>The last batches, oldest first.</summary>
    public List<Batch>? Batches = new(RememberedBatches);

    internal struct Batch : IMessage
    {
        public int FirstSequence;
        public int LastSequence;
        public long BaseOffset;
        public long Timestamp;

        public void Describe(Wire wire)
        {
            wire.Int32(ref FirstSequence);
            wire.Int32(ref LastSequence);
            wire.Int64(ref BaseOffset);
            wire.Int64(ref Timestamp);
        }
    }

    public int LastSequence => Batches is { Count: > 0 } ? Batches[^1].LastSequence : -1;

    public void Describe(Wire wire)
    {
        wire.Int64(ref ProducerId);
        wire.Int16(ref Epoch);
        wire.Int32(ref CoordinatorEpoch);
        wire.Int64(ref LastTimestamp);
        wire.Int64(ref TransactionStart);
        wire.Array(ref Batches);
    }

    public ProducerState Copy() =>
        new()
        {
            ProducerId = ProducerId,
            Epoch = Epoch,
            CoordinatorEpoch = CoordinatorEpoch,
            LastTimestamp = LastTimestamp,
            TransactionStart = TransactionStart,
            Batches = [.. Batches!],
        };
}
