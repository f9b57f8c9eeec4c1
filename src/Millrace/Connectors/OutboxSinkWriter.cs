using System.Runtime.ExceptionServices;
using Millrace.Batches;
using Millrace.Serialization;

namespace Millrace.Connectors;

/// <summary>Makes the writers of durable sinks that have none of their own.</summary>
internal static class OutboxSinkWriter
{
    public static ISinkWriter<T> Create<T>(IDurableSink<T> sink, ConnectorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return sink.Guarantee == DurableSinkGuarantee.ExactlyOnce
            ? new CheckpointedOutboxWriter<T>(sink, context)
            : new OutboxSinkWriter<T>(sink, context);
    }
}

/// <summary>
/// Encodes records on the task's thread and sends them from another, as many at a time as have gathered, so that a slow destination gets
/// larger requests. At-least-once: a flush returns when all are sent.
/// </summary>
internal sealed class OutboxSinkWriter<T> : ISinkWriter<T>
{
    private const int MaxWaiting = 10_000;
    private readonly OutboxEncoder<T> _encoder;
    private readonly IDurableSinkSender _sender;
    private readonly CancellationTokenSource _stopping;
    private readonly Lock _lock = new();
    private List<DurableSinkRecord> _waiting = [];
    private Task _sending = Task.CompletedTask;

    public OutboxSinkWriter(IDurableSink<T> sink, ConnectorContext context)
    {
        _encoder = new OutboxEncoder<T>(sink, context, OutboxNumbers.First(context));
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        _sender = sink.CreateSender(OutboxNumbers.ContextOf(context, context.TaskIndex));
    }

    public void Write(RecordBatch<T> batch)
    {
        ThrowIfFailed();
        DurableSinkRecord[] records = _encoder.Encode(batch, out ExceptionDispatchInfo? failure);
        bool isFull;
        lock (_lock)
        {
            _waiting.AddRange(records);
            isFull = _waiting.Count >= MaxWaiting;
            if (_sending.IsCompletedSuccessfully && _waiting.Count > 0)
            {
                _sending = Task.Run(SendAsync, CancellationToken.None);
            }
        }

        failure?.Throw();
        if (isFull)
        {
            Wait();
        }
    }

    public void Flush(bool endOfInput) => Wait();

    public async ValueTask DisposeAsync()
    {
        // What is not flushed comes again after a restore.
        await _stopping.CancelAsync().ConfigureAwait(false);
        await ((Task)Task.WhenAny(_sending)).ConfigureAwait(false);
        await _sender.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private void ThrowIfFailed()
    {
        if (_sending.IsFaulted)
        {
            Wait();
        }
    }

    // The task's thread has nothing else to do meanwhile.
    private void Wait() => _sending.GetAwaiter().GetResult();

    private async Task SendAsync()
    {
        while (true)
        {
            List<DurableSinkRecord> next;
            lock (_lock)
            {
                if (_waiting.Count == 0)
                {
                    // Under the lock, so that who adds records sees that nobody takes them.
                    _sending = Task.CompletedTask;
                    return;
                }

                (next, _waiting) = (_waiting, []);
            }

            await _sender.SendAsync(next, _stopping.Token).ConfigureAwait(false);
        }
    }
}

/// <summary>Makes the records of an outbox, with their numbers and ids.</summary>
/// <param name="sink">Encodes.</param>
/// <param name="context">The task.</param>
/// <param name="first">Number of the first record.</param>
internal sealed class OutboxEncoder<T>(IDurableSink<T> sink, ConnectorContext context, long first)
{
    private readonly DataWriter _bytes = new();
    private int[] _ends = [];

    /// <summary>Number of the next record.</summary>
    public long Next { get; set; } = first;

    /// <summary>
    /// Encodes a batch; the bytes of its records lie in one array. Where a record cannot be encoded, those before it come back with the
    /// <see cref="SinkRecordException"/> that is to be thrown for it.
    /// </summary>
    public DurableSinkRecord[] Encode(RecordBatch<T> batch, out ExceptionDispatchInfo? failure)
    {
        _bytes.Clear();
        failure = null;
        ReadOnlySpan<T> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        if (_ends.Length < values.Length)
        {
            _ends = new int[batch.Capacity];
        }

        int count = 0;
        for (; count < values.Length; count++)
        {
            try
            {
                sink.Encode(values[count], timestamps[count], _bytes);
            }
            catch (Exception cause) when (cause is not OutOfMemoryException)
            {
                failure = ExceptionDispatchInfo.Capture(new SinkRecordException(count, cause));
                break;
            }

            _ends[count] = _bytes.Length;
        }

        int end = count == 0 ? 0 : _ends[count - 1];
        byte[] all = _bytes.WrittenSpan[..end].ToArray();
        DurableSinkRecord[] records = new DurableSinkRecord[count];
        int start = 0;
        for (int i = 0; i < count; i++)
        {
            string id = RecordId.Of(context.JobName, context.OperatorUid, context.TaskIndex, Next);
            records[i] = new DurableSinkRecord(Next++, id, all.AsMemory(start, _ends[i] - start));
            start = _ends[i];
        }

        context.Metrics.AddBytes(end);
        return records;
    }
}
