using Millrace.Batches;

namespace Millrace.Connectors;

/// <summary>Reads the partitions of a raw source on a host without triggers.</summary>
internal sealed class RawSourceReader<T> : ISourceReader<T>
{
    private readonly IRawRecordSource<T> _source;
    private readonly ConnectorContext _context;
    private readonly IRawTopicReader _topics;
    private readonly IRawRecordReader<T> _records;
    private readonly CancellationTokenSource _stopping;
    private readonly ManualResetEventSlim _arrived = new();
    private readonly List<RawSplitFetcher> _splits = [];
    private readonly List<Task> _fetching = [];
    private long[] _offsets = [];
    private bool _noMoreSplits;
    private int _turn;

    public RawSourceReader(IRawRecordSource<T> source, ConnectorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _source = source;
        _context = context;
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        _topics = source.CreateTopicReader(context);
        _records = source.CreateRawReader(context);
    }

    public void AddSplits(IReadOnlyList<SourceSplit> splits)
    {
        foreach (SourceSplit split in splits)
        {
            RawSplitFetcher fetcher = new(_source, _topics, split, _context.TimeProvider, _arrived.Set);
            _splits.Add(fetcher);
            _fetching.Add(Task.Run(() => fetcher.RunAsync(_stopping.Token), CancellationToken.None));
        }
    }

    public void NotifyNoMoreSplits() => _noMoreSplits = true;

    public ReadStatus Read(ISourceOutput<T> output, TimeSpan maxWait)
    {
        _arrived.Reset();
        if (TryRead(output) is { } found)
        {
            return found;
        }

        return maxWait > TimeSpan.Zero && _arrived.Wait(maxWait, _context.CancellationToken) && TryRead(output) is { } late
            ? late
            : ReadStatus.NothingAvailable;
    }

    public long OffsetOf(int row) => _offsets[row];

    public IReadOnlyList<SourceSplit> SnapshotSplits(long checkpointId)
    {
        Flush();
        return [.. _splits.Select(static split => split.Snapshot)];
    }

    public void NotifyCheckpointComplete(long checkpointId)
    {
        // Positions are the checkpoint's alone.
    }

    public void SetPaused(IReadOnlyCollection<string> splitIds, bool paused)
    {
        foreach (RawSplitFetcher split in _splits)
        {
            if (splitIds.Contains(split.Id, StringComparer.Ordinal))
            {
                split.IsPaused = paused;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_fetching).ConfigureAwait(false);
        await _records.DisposeAsync().ConfigureAwait(false);
        await _topics.DisposeAsync().ConfigureAwait(false);
        _splits.ForEach(static split => split.Dispose());
        _stopping.Dispose();
        _arrived.Dispose();
    }

    // Null = nothing is there.
    private ReadStatus? TryRead(ISourceOutput<T> output)
    {
        for (int i = 0; i < _splits.Count; i++)
        {
            RawSplitFetcher split = _splits[_turn];
            _turn = (_turn + 1) % _splits.Count;
            if (split.IsPaused || split.IsReleased)
            {
                continue;
            }

            if (TryFill(split, output.Batch))
            {
                output.Emit(split.Id);
                return ReadStatus.MoreAvailable;
            }

            split.ThrowIfFailed();
            if (split.IsAtEnd)
            {
                split.IsReleased = true;
                output.ReleaseSplit(split.Id);
            }
        }

        if (!_noMoreSplits || !_splits.TrueForAll(static split => split.IsReleased))
        {
            return null;
        }

        Flush();
        return ReadStatus.EndOfInput;
    }

    private bool TryFill(RawSplitFetcher split, RecordBatch<T> batch)
    {
        if (_offsets.Length < batch.Capacity)
        {
            _offsets = new long[batch.Capacity];
        }

        while (!batch.IsFull && split.TryPeek(out RawRecord? record))
        {
            int row = batch.Count;
            _records.Read(record!, batch);
            if (batch.Count > row)
            {
                _offsets[row] = record!.Offset;
            }

            split.Take();
            _context.Metrics.AddBytes((record!.Key?.Length ?? 0) + (record.Value?.Length ?? 0));
        }

        return batch.Count > 0;
    }

    // The task's thread has nothing else to do meanwhile.
    private void Flush() => _records.FlushAsync(_context.CancellationToken).GetAwaiter().GetResult();
}
