using Millrace.Kafka.Producing;
using Millrace.Serialization;

namespace Millrace.Kafka.Transactions;

/// <summary>
/// What a transactional sink task leaves in a checkpoint: enough for any process to commit its transactions. Never empty, so that a restore
/// knows how many tasks there were.
/// </summary>
/// <param name="Task">Index of the task.</param>
/// <param name="Parallelism">Number of tasks.</param>
/// <param name="Transactions">All transactions not yet known to be committed, also those of earlier checkpoints that never
/// completed.</param>
internal sealed record SinkCommittable(int Task, int Parallelism, IReadOnlyList<PreparedTransaction> Transactions)
{
    private const byte Version = 1;

    internal byte[] ToBytes()
    {
        DataWriter writer = new(128);
        writer.WriteByte(Version);
        writer.WriteVarUInt32((uint)Task);
        writer.WriteVarUInt32((uint)Parallelism);
        writer.WriteVarUInt32((uint)Transactions.Count);
        foreach (PreparedTransaction transaction in Transactions)
        {
            writer.WriteString(transaction.TransactionalId);
            writer.WriteVarInt64(transaction.Producer.Id);
            writer.WriteVarInt64(transaction.Producer.Epoch);
            writer.WriteVarInt64(transaction.CheckpointId);
        }

        return writer.ToArray();
    }

    internal static SinkCommittable From(ReadOnlySpan<byte> bytes)
    {
        DataReader reader = new(bytes);
        byte version = reader.ReadByte();
        if (version != Version)
        {
            throw new InvalidDataException(
                $"A Kafka sink's committable has format {version}; this version of Millrace reads {Version}. Use the version that wrote "
                    + "the checkpoint, or a newer one."
            );
        }

        int task = (int)reader.ReadVarUInt32();
        int parallelism = (int)reader.ReadVarUInt32();
        int count = reader.ReadCount();
        List<PreparedTransaction> transactions = new(count);
        for (int i = 0; i < count; i++)
        {
            string id =
                reader.ReadString()
                ?? throw new InvalidDataException("A Kafka sink's committable names no transactional id; the checkpoint is damaged.");
            ProducerIdentity producer = new(reader.ReadVarInt64(), checked((short)reader.ReadVarInt64()));
            transactions.Add(new PreparedTransaction(id, producer, reader.ReadVarInt64()));
        }

        return new SinkCommittable(task, parallelism, transactions);
    }
}
