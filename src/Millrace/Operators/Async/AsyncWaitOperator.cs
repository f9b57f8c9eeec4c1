using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Serialization;
using Millrace.UserFunctions;

namespace Millrace.Operators.Async;

/// <summary>
/// Keeps a bounded number of requests under way. Its queue is cut into segments by watermarks: results of the first segment may leave (in
/// order, or as they come), then the watermark, then the next segment. Semantics of Flink's <c>AsyncWaitOperator</c>.
/// </summary>
internal sealed class AsyncWaitOperator<TIn, TOut>(
    AsyncRequests<TIn, TOut> requests,
    int capacity,
    bool ordered,
    TypeSerializer<TIn> serializer
) : OneInputOperator<TIn, TOut>
{
    private const string SchemaSection = "async.schema";
    private const string PendingSection = "async.pending";

    // Checkpointed: the records of the requests under way.
    private readonly LinkedList<Segment> _segments = new([new Segment()]);

    // Not checkpointed.
    private readonly ManualResetEventSlim _completed = new();
    private int _pending;
    private int _wakeUp;

    public override void Open(ISnapshotReader? restored)
    {
        requests.Rich?.OpenWith(new RuntimeContext(Context.JobName, Context.Uid, Context.TaskIndex, Context.Parallelism, states: null));
        IReadOnlyList<ReadOnlyMemory<byte>> schemas = restored?.Sections(SchemaSection) ?? [];
        IReadOnlyList<ReadOnlyMemory<byte>> sections = restored?.Sections(PendingSection) ?? [];

        // Every task sees what all former tasks had under way: each takes its share.
        for (int s = Context.TaskIndex; s < sections.Count; s += Context.Parallelism)
        {
            DataReader schema = new(schemas[s].Span);
            TypeSerializer<TIn> reader = serializer.ForWritten(TypeSchema.ReadFrom(ref schema));
            DataReader data = new(sections[s].Span);
            for (uint count = data.ReadVarUInt32(); count > 0; count--)
            {
                long timestamp = data.ReadVarInt64();
                Start(reader.Deserialize(ref data), timestamp);
            }
        }
    }

    public override void OnBatch(RecordBatch<TIn> batch)
    {
        ReadOnlySpan<TIn> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        for (int i = 0; i < values.Length; i++)
        {
            WaitUntilBelow(capacity);
            Start(values[i], timestamps[i]);
        }

        EmitCompleted();
    }

    public override void OnWatermark(long watermark)
    {
        Segment last = _segments.Last!.Value;
        last.Watermark = watermark;
        _segments.AddLast(new Segment());
        EmitCompleted();
    }

    public override void Flush()
    {
        EmitCompleted();
        base.Flush();
    }

    public override void Snapshot(long checkpointId, ISnapshotWriter writer)
    {
        if (_pending == 0)
        {
            return;
        }

        serializer.Schema.WriteTo(writer.Section(SchemaSection));
        DataWriter section = writer.Section(PendingSection);
        section.WriteVarUInt32((uint)_pending);
        foreach (Request request in _segments.SelectMany(segment => segment.Requests))
        {
            section.WriteVarInt64(request.Timestamp);
            serializer.Serialize(request.Value, section);
        }
    }

    public override void Finish() => WaitUntilBelow(1);

    public override bool Settle()
    {
        bool wasWaiting = _pending > 0;
        WaitUntilBelow(1);
        return wasWaiting;
    }

    public override void Dispose()
    {
        requests.Rich?.CloseAtEnd();
        _completed.Dispose();
        base.Dispose();
    }

    private void Start(TIn value, long timestamp)
    {
        Task<IReadOnlyCollection<TOut>> task = requests.RunAsync(value, Context.TimeProvider, Context.CancellationToken);
        _segments.Last!.Value.Requests.AddLast(new Request(value, timestamp, Errors.Task.Origin, task));
        _pending++;
        if (!task.IsCompleted)
        {
            _ = task.ContinueWith(
                static (_, state) => ((AsyncWaitOperator<TIn, TOut>)state!).OnCompleted(),
                this,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            );
        }
    }

    /// <summary>On any thread.</summary>
    private void OnCompleted()
    {
        try
        {
            _completed.Set();
        }
        catch (ObjectDisposedException)
        {
            // The operator has ended; nobody waits.
            return;
        }

        if (Interlocked.Exchange(ref _wakeUp, 1) == 0)
        {
            Context.ProcessingTime.Execute(EmitCompleted);
        }
    }

    private void WaitUntilBelow(int limit)
    {
        while (_pending >= limit)
        {
            _completed.Reset();
            EmitCompleted();
            if (_pending >= limit)
            {
                _completed.Wait(Context.CancellationToken);
            }
        }
    }

    private void EmitCompleted()
    {
        Volatile.Write(ref _wakeUp, 0);
        while (true)
        {
            Segment first = _segments.First!.Value;
            EmitFrom(first);
            if (first.Requests.Count > 0 || first.Watermark is not { } watermark)
            {
                break;
            }

            _segments.RemoveFirst();
            EmitWatermark(watermark);
        }

        Output.EmitBuffered();
    }

    private void EmitFrom(Segment segment)
    {
        LinkedListNode<Request>? node = segment.Requests.First;
        while (node is not null)
        {
            LinkedListNode<Request>? next = node.Next;
            Request request = node.Value;
            if (request.Result.IsCompleted)
            {
                segment.Requests.Remove(node);
                _pending--;
                Emit(request);
            }
            else if (ordered)
            {
                return;
            }

            node = next;
        }
    }

    private void Emit(Request request)
    {
        IReadOnlyCollection<TOut> results;
        try
        {
            results = request.Result.GetAwaiter().GetResult();
        }
        catch (Exception failure) when (IsOwn(failure))
        {
            Errors.OnRecord(failure, request.Value, request.Timestamp, request.Origin);
            return;
        }

        if (!Errors.Task.IsTracing)
        {
            Collect(results, request.Timestamp);
            return;
        }

        // The record under way is another one.
        (RecordOrigin origin, RawRecord? original) = (Errors.Task.Origin, Errors.Task.Original);
        Output.EmitBuffered();
        Errors.Task.Begin(request.Origin);
        Collect(results, request.Timestamp);
        Output.EmitBuffered();
        Errors.Task.Begin(origin, original);
    }

    private void Collect(IReadOnlyCollection<TOut> results, long timestamp)
    {
        foreach (TOut result in results)
        {
            Output.Collect(result, timestamp);
        }
    }

    private sealed record Request(TIn Value, long Timestamp, RecordOrigin Origin, Task<IReadOnlyCollection<TOut>> Result);

    private sealed class Segment
    {
        public LinkedList<Request> Requests { get; } = [];

        /// <summary>The watermark behind the segment's records; <see langword="null"/> = the segment is still growing.</summary>
        public long? Watermark { get; set; }
    }
}
