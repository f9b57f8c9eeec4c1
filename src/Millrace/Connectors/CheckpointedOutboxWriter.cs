using Millrace.Batches;
using Millrace.Serialization;

namespace Millrace.Connectors;

/// <summary>
/// Sends records exactly once through a sender that drops what it has sent (Flink's <c>GenericWriteAheadSink</c>): they wait in the
/// checkpoint and go out when it is complete.
/// <code>
/// Recover -> { Write* -> Flush -> PrepareCommit -> Commit (when the checkpoint is complete) }* -> Dispose
/// </code>
/// A repeated commit sends the same bytes under the same numbers. A number is given to one record only: each run counts from the clock's
/// milliseconds on, beyond those of all earlier runs, so a run that begins anew is not mistaken for a repetition.
/// </summary>
internal sealed class CheckpointedOutboxWriter<T>(IDurableSink<T> sink, ConnectorContext context) : ICommittingSinkWriter<T>
{
    private const int MaxRequest = 10_000;
    private readonly OutboxEncoder<T> _encoder = new(sink, context, OutboxNumbers.First(context));
    private readonly Dictionary<int, IDurableSinkSender> _senders = [];
    private readonly List<DurableSinkRecord> _records = [];

    public void Write(RecordBatch<T> batch)
    {
        DurableSinkRecord[] records = _encoder.Encode(batch, out System.Runtime.ExceptionServices.ExceptionDispatchInfo? failure);
        _records.AddRange(records);
        failure?.Throw();
    }

    public void Flush(bool endOfInput)
    {
        // The checkpoint keeps them.
    }

    public ReadOnlyMemory<byte> PrepareCommit(long checkpointId)
    {
        if (_records.Count == 0)
        {
            return default;
        }

        byte[] committable = OutboxCommittable.Encode(context.TaskIndex, _records);
        _records.Clear();
        return committable;
    }

    public void Commit(ReadOnlyMemory<byte> committable) => Send(OutboxCommittable.Decode(committable, context));

    public void Recover(IReadOnlyList<ReadOnlyMemory<byte>> committables)
    {
        foreach (
            OutboxCommittable each in committables.Select(bytes => OutboxCommittable.Decode(bytes, context)).OrderBy(each => each.First)
        )
        {
            // Whose task is no more, another looks after.
            if (each.Task % context.Parallelism == context.TaskIndex)
            {
                Send(each);
            }

            _encoder.Next = Math.Max(_encoder.Next, each.First + each.Records.Count);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IDurableSinkSender sender in _senders.Values)
        {
            await sender.DisposeAsync().ConfigureAwait(false);
        }
    }

    // The task's thread has nothing else to do meanwhile.
    private void Send(OutboxCommittable committable)
    {
        if (!_senders.TryGetValue(committable.Task, out IDurableSinkSender? sender))
        {
            _senders.Add(committable.Task, sender = sink.CreateSender(OutboxNumbers.ContextOf(context, committable.Task)));
        }

        for (int sent = 0; sent < committable.Records.Count; sent += MaxRequest)
        {
            List<DurableSinkRecord> next = committable.Records.GetRange(sent, Math.Min(MaxRequest, committable.Records.Count - sent));
            sender.SendAsync(next, context.CancellationToken).GetAwaiter().GetResult();
        }
    }
}

/// <summary>Numbers of records that go out without an outbox of a trigger-driven host.</summary>
internal static class OutboxNumbers
{
    private const int PerMillisecond = 20;

    /// <summary>Beyond the numbers of every earlier run, as long as it wrote less than a million records per millisecond.</summary>
    public static long First(ConnectorContext context) => context.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds() << PerMillisecond;

    /// <summary>The numbers are others than a trigger-driven host gives: what is known of the one says nothing of the other.</summary>
    public static ConnectorContext ContextOf(ConnectorContext context, int task) =>
        context with
        {
            TaskIndex = task,
            Incarnation = context.Incarnation + "/checkpoints",
        };
}

/// <summary>What a checkpoint knows of records that go out when it is complete.</summary>
/// <param name="Task">The task that wrote them.</param>
/// <param name="First">Number of the first.</param>
/// <param name="Records">The records, numbered without gaps.</param>
internal sealed record OutboxCommittable(int Task, long First, List<DurableSinkRecord> Records)
{
    private const byte FormatVersion = 1;

    public static byte[] Encode(int task, List<DurableSinkRecord> records)
    {
        DataWriter writer = new();
        writer.WriteByte(FormatVersion);
        writer.WriteVarUInt32((uint)task);
        writer.WriteVarInt64(records[0].Sequence);
        writer.WriteVarUInt32((uint)records.Count);
        foreach (DurableSinkRecord record in records)
        {
            writer.WriteBytes(record.Data.Span);
        }

        return writer.ToArray();
    }

    public static OutboxCommittable Decode(ReadOnlyMemory<byte> bytes, ConnectorContext context)
    {
        DataReader reader = new(bytes.Span);
        byte version = reader.ReadByte();
        if (version != FormatVersion)
        {
            throw new InvalidDataException(
                $"Sink '{context.OperatorUid}': its part of the checkpoint has format version {version}, this Millrace reads "
                    + $"{FormatVersion}; restore with the version that wrote it or a later one."
            );
        }

        int task = (int)reader.ReadVarUInt32();
        long first = reader.ReadVarInt64();
        int count = reader.ReadCount();
        List<DurableSinkRecord> records = new(count);
        for (int i = 0; i < count; i++)
        {
            string id = RecordId.Of(context.JobName, context.OperatorUid, task, first + i);
            records.Add(new DurableSinkRecord(first + i, id, reader.ReadBytes().ToArray()));
        }

        return new OutboxCommittable(task, first, records);
    }
}
