using System.Text;
using Millrace.DevBroker.Groups;

namespace Millrace.DevBroker.Transactions;

/// <summary>How transactions and the producer ids given out are written to the journal.</summary>
internal static class TransactionRecords
{
    /// <summary>The first producer id that was never given out.</summary>
    public const string ProducerIdKey = "p";

    private const byte LayoutVersion = 1;
    private const char TransactionPrefix = 't';

    public static bool IsTransaction(string key) => key[0] == TransactionPrefix;

    public static KeyValuePair<string, byte[]?> Write(TransactionMetadata transaction)
    {
        MemoryStream stream = new();
        using BinaryWriter writer = new(stream, Encoding.UTF8);
        writer.Write(LayoutVersion);
        writer.Write(transaction.TransactionalId);
        writer.Write(transaction.Producer.ProducerId);
        writer.Write(transaction.Producer.Epoch);
        writer.Write(transaction.PreviousProducerId);
        writer.Write(transaction.LastEpoch);
        writer.Write((long)transaction.Timeout.TotalMilliseconds);
        writer.Write((byte)transaction.State);
        writer.Write(transaction.StartedAt);
        writer.Write(transaction.Partitions.Count);
        foreach (TopicPartition partition in transaction.Partitions)
        {
            writer.Write(partition.Topic);
            writer.Write(partition.Partition);
        }

        writer.Write(transaction.Groups.Count);
        foreach (string group in transaction.Groups)
        {
            writer.Write(group);
        }

        writer.Flush();
        return new(TransactionPrefix + transaction.TransactionalId, stream.ToArray());
    }

    /// <exception cref="InvalidDataException">The value was written by a later version of the broker.</exception>
    public static TransactionMetadata Read(byte[] value)
    {
        using BinaryReader reader = new(new MemoryStream(value), Encoding.UTF8);
        byte version = reader.ReadByte();
        if (version != LayoutVersion)
        {
            ThrowUnknown(version);
        }

        TransactionMetadata transaction = new()
        {
            TransactionalId = reader.ReadString(),
            Producer = new ProducerIdentity(reader.ReadInt64(), reader.ReadInt16()),
            PreviousProducerId = reader.ReadInt64(),
            LastEpoch = reader.ReadInt16(),
            Timeout = TimeSpan.FromMilliseconds(reader.ReadInt64()),
            State = (TransactionState)reader.ReadByte(),
            StartedAt = reader.ReadInt64(),
        };
        TopicPartition[] partitions = new TopicPartition[reader.ReadInt32()];
        for (int i = 0; i < partitions.Length; i++)
        {
            partitions[i] = new TopicPartition(reader.ReadString(), reader.ReadInt32());
        }

        string[] groups = new string[reader.ReadInt32()];
        for (int i = 0; i < groups.Length; i++)
        {
            groups[i] = reader.ReadString();
        }

        return transaction with
        {
            Partitions = [.. partitions],
            Groups = transaction.Groups.Union(groups),
        };
    }

    public static KeyValuePair<string, byte[]?> WriteProducerIds(long firstFree) => new(ProducerIdKey, BitConverter.GetBytes(firstFree));

    public static long ReadProducerIds(byte[] value) => BitConverter.ToInt64(value);

    private static void ThrowUnknown(byte version) =>
        throw new InvalidDataException(
            $"The transactions' journal has an entry of layout {version}, but this broker reads layout {LayoutVersion}; "
                + "use the broker version that wrote it, or start with an empty data directory."
        );
}
