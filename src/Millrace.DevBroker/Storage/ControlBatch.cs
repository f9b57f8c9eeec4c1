using System.Buffers.Binary;

namespace Millrace.DevBroker.Storage;

/// <summary>The marker that ends a transaction in a partition: a batch of one control record.</summary>
internal static class ControlBatch
{
    /// <summary>Size of a marker in bytes.</summary>
    public const int Bytes = BatchHeader.Bytes + 1 + RecordBytes;

    private const int RecordBytes = 16;
    private const int KeyAt = BatchHeader.Bytes + 5;
    private const short Abort = 0;
    private const short Commit = 1;

    public static byte[] Create(long timestamp, long producerId, short producerEpoch, bool commit, int coordinatorEpoch)
    {
        byte[] batch = new byte[Bytes];
        Span<byte> record = batch.AsSpan(BatchHeader.Bytes);
        record[0] = RecordBytes << 1; // length, zigzag
        record[4] = 4 << 1; // key length after attributes, timestamp and offset deltas of 0
        BinaryPrimitives.WriteInt16BigEndian(record[7..], commit ? Commit : Abort);
        record[9] = 6 << 1; // value length
        BinaryPrimitives.WriteInt32BigEndian(record[12..], coordinatorEpoch);
        BatchHeader.WriteControl(batch, timestamp, producerId, producerEpoch);
        return batch;
    }

    /// <summary>Reads a marker back; false for control batches of other kinds.</summary>
    public static bool TryRead(ReadOnlySpan<byte> batch, out bool commit, out int coordinatorEpoch)
    {
        commit = false;
        coordinatorEpoch = 0;
        if (batch.Length < Bytes)
        {
            return false;
        }

        short type = BinaryPrimitives.ReadInt16BigEndian(batch[(KeyAt + 2)..]);
        coordinatorEpoch = BinaryPrimitives.ReadInt32BigEndian(batch[(KeyAt + 7)..]);
        commit = type == Commit;
        return type is Abort or Commit;
    }
}
