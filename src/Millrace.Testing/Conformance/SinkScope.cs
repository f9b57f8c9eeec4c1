using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Batches;
using Millrace.Connectors;

namespace Millrace.Testing.Conformance;

/// <summary>One check's view of a sink.</summary>
internal sealed class SinkScope<T>(SinkUnderTest<T> subject, TimeSpan patience, CancellationToken cancellationToken)
{
    private const long Time = 1_700_000_000_000;

    public SinkUnderTest<T> Subject => subject;

    public TimeSpan Patience => patience;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>
    /// Whether the sink promises that what is flushed arrives; one that is best-effort promises it at the end of input only.
    /// </summary>
    public bool Delivers => subject.Create() is not IDurableSink { Guarantee: DurableSinkGuarantee.BestEffort };

    public static long TimestampOf(int number) => Time + number;

    public ConnectorContext Context(int task = 0, int parallelism = 1) =>
        new("conformance", "sink", task, parallelism, TimeProvider.System, NullLoggerFactory.Instance, cancellationToken);

    /// <summary>A writer as a task has it, ready for its first record.</summary>
    /// <param name="task">The task.</param>
    /// <param name="parallelism">Number of tasks.</param>
    /// <param name="committables">What the restored checkpoint holds.</param>
    public async Task<SinkRun<T>> OpenAsync(int task = 0, int parallelism = 1, params ReadOnlyMemory<byte>[] committables)
    {
        ISinkWriter<T> writer = subject.Create().CreateWriter(Context(task, parallelism));
        SinkRun<T> run = new(this, writer);
        if (writer is ICommittingSinkWriter<T> committing)
        {
            await run.CallAsync(() => committing.Recover(committables), "a recovery").ConfigureAwait(false);
        }

        return run;
    }

    public T[] RecordsOf(int first, int count) => [.. Enumerable.Range(first, count).Select(subject.RecordOf)];

    public Task<IReadOnlyList<T>> ReadAsync() =>
        Check.InTimeAsync(subject.ReadAsync(cancellationToken), patience, "reading the destination");

    /// <summary>Whether the destination has records, each once or, where that is all the sink promises, at least once.</summary>
    public async Task ExpectAsync(IReadOnlyCollection<T> expected, bool isOnce, string when)
    {
        IReadOnlyList<T> found = await ReadAsync().ConfigureAwait(false);
        HashSet<T> there = [.. found];
        T[] missing = [.. expected.Where(record => !there.Contains(record))];
        Check.That(
            missing.Length == 0,
            $"{expected.Count} records to be there {when}, {missing.Length} are not, such as '{missing.FirstOrDefault()}'"
        );
        there.ExceptWith(expected);
        Check.That(there.Count == 0, $"no other records to be there {when}, there is '{there.FirstOrDefault()}'");
        if (isOnce)
        {
            Check.Equal(expected.Count, found.Count, $"the number of records {when}");
        }
    }

    /// <summary>Whether records that have an order are in it, the first time that each comes.</summary>
    public async Task ExpectOrderAsync(IReadOnlyCollection<T> written, string when)
    {
        IReadOnlyList<T> found = await ReadAsync().ConfigureAwait(false);
        HashSet<T> own = [.. written];
        foreach (IGrouping<object, T> lane in written.GroupBy(record => subject.OrderOf(record) ?? this))
        {
            T[] there = [.. found.Where(record => own.Contains(record) && lane.Key.Equals(subject.OrderOf(record) ?? this)).Distinct()];
            Check.That(there.SequenceEqual(lane), $"the records of one task to be in their order {when}");
        }
    }
}

/// <summary>A writer driven as a task drives it.</summary>
internal sealed class SinkRun<T>(SinkScope<T> scope, ISinkWriter<T> writer) : IAsyncDisposable
{
    private const int BatchSize = 4;
    private readonly RecordBatch<T> _batch = new(BatchSize);
    private long _checkpoint;

    public bool Commits => writer is ICommittingSinkWriter<T>;

    private ICommittingSinkWriter<T> Committing => (ICommittingSinkWriter<T>)writer;

    /// <summary>Writes records in batches, which are filled with others afterwards.</summary>
    public async Task WriteAsync(int first, int count)
    {
        for (int number = first; number < first + count; number += BatchSize)
        {
            for (int i = number; i < Math.Min(number + BatchSize, first + count); i++)
            {
                _batch.Add(scope.Subject.RecordOf(i), SinkScope<T>.TimestampOf(i));
            }

            await CallAsync(() => writer.Write(_batch), "a write").ConfigureAwait(false);
            _batch.Clear();
        }

        for (int i = 0; i < BatchSize; i++)
        {
            _batch.Add(scope.Subject.RecordOf(int.MaxValue - i), 0);
        }

        _batch.Clear();
    }

    public Task FlushAsync(bool endOfInput = false) => CallAsync(() => writer.Flush(endOfInput), "a flush");

    /// <summary>The first half of a checkpoint.</summary>
    public async Task<ReadOnlyMemory<byte>> PrepareAsync(bool endOfInput = false)
    {
        await FlushAsync(endOfInput).ConfigureAwait(false);
        ReadOnlyMemory<byte> committable = default;
        if (Commits)
        {
            await CallAsync(() => committable = Committing.PrepareCommit(++_checkpoint).ToArray(), "preparing a commit")
                .ConfigureAwait(false);
        }

        return committable;
    }

    public Task CommitAsync(ReadOnlyMemory<byte> committable) =>
        committable.IsEmpty ? Task.CompletedTask : CallAsync(() => Committing.Commit(committable), "a commit");

    /// <summary>A whole checkpoint.</summary>
    public async Task<ReadOnlyMemory<byte>> CheckpointAsync(bool endOfInput = false)
    {
        ReadOnlyMemory<byte> committable = await PrepareAsync(endOfInput).ConfigureAwait(false);
        await CommitAsync(committable).ConfigureAwait(false);
        return committable;
    }

    public Task CallAsync(Action call, string what) => Check.InTimeAsync(Task.Run(call, scope.CancellationToken), scope.Patience, what);

    public async ValueTask DisposeAsync() =>
        await Check.InTimeAsync(writer.DisposeAsync().AsTask(), scope.Patience, "the writer's disposal").ConfigureAwait(false);
}
