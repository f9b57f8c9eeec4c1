using System.Globalization;
using Millrace.Batches;
using Millrace.Serialization;

namespace Millrace.Connectors;

/// <summary>
/// A source whose n-th record is a function of n (Flink's <c>DataGeneratorSource</c>). Split p has the numbers p, p + splits, p + 2 x
/// splits, ...
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class GeneratorSource<T> : ISource<T>
{
    private readonly long _count;
    private readonly Func<long, T> _generator;
    private readonly int _splits;

    /// <summary>Creates the source.</summary>
    /// <param name="count">Number of records; <see cref="long.MaxValue"/> = unbounded.</param>
    /// <param name="generator">From a number in [0, <paramref name="count"/>) to a record. Must be deterministic.</param>
    /// <param name="splits">Number of parts that are read in parallel, at least 1.</param>
    public GeneratorSource(long count, Func<long, T> generator, int splits = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentNullException.ThrowIfNull(generator);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(splits);
        _count = count;
        _generator = generator;
        _splits = splits;
    }

    /// <inheritdoc/>
    public Boundedness Boundedness => _count == long.MaxValue ? Boundedness.ContinuousUnbounded : Boundedness.Bounded;

    /// <inheritdoc/>
    public IReadOnlyList<Topic> Topics => [];

    /// <summary>
    /// Records per second and task that are emitted at most; <see langword="null"/> = as many as go. Each record is due at its time,
    /// whatever became of those before it: what is overdue is emitted as fast as it goes. A millisecond's records are emitted at once.
    /// </summary>
    public double? RecordsPerSecond { get; init; }

    /// <summary>
    /// When the first record is due with <see cref="RecordsPerSecond"/>, as a timestamp of the job's clock
    /// (<see cref="TimeProvider.GetTimestamp"/>); <see langword="null"/> = when its task opens.
    /// </summary>
    public long? FirstDue { get; init; }

    /// <inheritdoc/>
    public void Validate(ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (RecordsPerSecond is <= 0)
        {
            errors.Add(
                $"The generator's rate is {RecordsPerSecond} records/s, expected more than 0; leave RecordsPerSecond unset for no limit."
            );
        }
    }

    /// <inheritdoc/>
    public ISplitEnumerator CreateEnumerator(ConnectorContext context) => new Enumerator(_splits);

    /// <inheritdoc/>
    public ISourceReader<T> CreateReader(ConnectorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new Reader(this, context.TimeProvider);
    }

    private long PositionOf(SourceSplit split)
    {
        if (split.Position.IsEmpty)
        {
            return int.Parse(split.Id, CultureInfo.InvariantCulture);
        }

        DataReader position = new(split.Position.Span);
        long next = position.ReadInt64();
        int splits = position.ReadInt32();
        return splits == _splits
            ? next
            : throw new InvalidOperationException(
                $"The generator was cut into {splits} splits when the checkpoint was taken and is cut into {_splits} now, so records would "
                    + $"be lost or doubled; set splits back to {splits}."
            );
    }

    private sealed class Enumerator(int splits) : ISplitEnumerator
    {
        public TimeSpan? DiscoveryInterval => null;

        public Task<IReadOnlyList<SourceSplit>> DiscoverAsync(bool isInitial, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<SourceSplit>>([
                .. Enumerable
                    .Range(0, splits)
                    .Select(p => new SourceSplit(p.ToString(CultureInfo.InvariantCulture), p, ReadOnlyMemory<byte>.Empty)),
            ]);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Split(string id, int hint, long next)
    {
        public string Id { get; } = id;

        public int Hint { get; } = hint;

        public long Next { get; set; } = next;

        public bool Paused { get; set; }

        public bool Released { get; set; }
    }

    private sealed class Reader(GeneratorSource<T> source, TimeProvider time) : ISourceReader<T>
    {
        private readonly List<Split> _splits = [];
        private readonly long _firstDue = source.FirstDue ?? time.GetTimestamp();
        private bool _noMoreSplits;
        private int _turn;
        private long _emitted;
        private long _firstInBatch;

        public void AddSplits(IReadOnlyList<SourceSplit> splits)
        {
            foreach (SourceSplit split in splits)
            {
                _splits.Add(new Split(split.Id, split.AssignmentHint, source.PositionOf(split)));
            }
        }

        public void NotifyNoMoreSplits() => _noMoreSplits = true;

        public ReadStatus Read(ISourceOutput<T> output, TimeSpan maxWait)
        {
            for (int i = 0; i < _splits.Count; i++)
            {
                Split split = _splits[_turn];
                _turn = (_turn + 1) % _splits.Count;
                if (split.Paused || split.Released)
                {
                    continue;
                }

                if (split.Next >= source._count)
                {
                    split.Released = true;
                    output.ReleaseSplit(split.Id);
                    continue;
                }

                int allowed = Allowed(output.Batch.Capacity);
                if (allowed == 0)
                {
                    WaitForRate(maxWait);
                    return ReadStatus.NothingAvailable;
                }

                Fill(split, output, allowed);
                return ReadStatus.MoreAvailable;
            }

            if (_noMoreSplits && _splits.TrueForAll(static split => split.Released))
            {
                return ReadStatus.EndOfInput;
            }

            WaitForRate(maxWait);
            return ReadStatus.NothingAvailable;
        }

        public long OffsetOf(int row) => _firstInBatch + ((long)row * source._splits);

        public IReadOnlyList<SourceSplit> SnapshotSplits(long checkpointId) =>
            [
                .. _splits.Select(split =>
                {
                    DataWriter position = new(12);
                    position.WriteInt64(split.Next);
                    position.WriteInt32(source._splits);
                    return new SourceSplit(split.Id, split.Hint, position.ToArray());
                }),
            ];

        public void NotifyCheckpointComplete(long checkpointId)
        {
            // A generator has nothing to publish.
        }

        public void SetPaused(IReadOnlyCollection<string> splitIds, bool paused)
        {
            foreach (Split split in _splits)
            {
                if (splitIds.Contains(split.Id, StringComparer.Ordinal))
                {
                    split.Paused = paused;
                }
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private void Fill(Split split, ISourceOutput<T> output, int allowed)
        {
            RecordBatch<T> batch = output.Batch;
            Func<long, T> generate = source._generator;
            long end = source._count;
            int step = source._splits;
            long next = split.Next;
            int filled = 0;
            for (; filled < allowed && next < end; filled++)
            {
                batch.Add(generate(next), RecordBatch.NoTimestamp);
                next += step;
            }

            _firstInBatch = split.Next;
            split.Next = next;
            _emitted += filled;
            output.Emit(split.Id);
        }

        private int Allowed(int capacity)
        {
            if (source.RecordsPerSecond is not { } rate)
            {
                return capacity;
            }

            double due = (time.GetElapsedTime(_firstDue).TotalSeconds * rate) - _emitted;
            return due < Math.Clamp(rate / 1_000, 1, capacity) ? 0 : (int)Math.Min(due, capacity);
        }

        private void WaitForRate(TimeSpan maxWait)
        {
            if (maxWait > TimeSpan.Zero)
            {
                using ManualResetEventSlim due = new();
                TimeSpan wait = TimeSpan.FromMilliseconds(Math.Min(1, maxWait.TotalMilliseconds));
                using ITimer timer = time.CreateTimer(
                    static state => ((ManualResetEventSlim)state!).Set(),
                    due,
                    wait,
                    Timeout.InfiniteTimeSpan
                );
                due.Wait(maxWait);
            }
        }
    }
}
