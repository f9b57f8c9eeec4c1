using System.Runtime.ExceptionServices;

namespace Millrace.Connectors;

/// <summary>
/// Reads one partition ahead, at most two chunks of it, and asks again in growing pauses while nothing is new. The fetching side is a task
/// of its own; all members but <see cref="RunAsync"/> belong to the source task's thread.
/// <code>
/// RunAsync: resolve and check the position -> { find the last record -> read a chunk -> hand it over }* -> end of a bounded split
/// </code>
/// </summary>
internal sealed class RawSplitFetcher(IRawRecordSource source, IRawTopicReader topics, SourceSplit split, TimeProvider time, Action arrived)
    : IDisposable
{
    public const int ChunkSize = 1_000;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _free = new(1);
    private Chunk? _ready;
    private Chunk? _current;
    private RawPosition? _position;
    private ExceptionDispatchInfo? _failure;
    private int _next;

    public string Id => split.Id;

    public bool IsPaused { get; set; }

    /// <summary>Whether it has been said that the split is read to its end.</summary>
    public bool IsReleased { get; set; }

    /// <summary>Whether a bounded split has nothing left.</summary>
    public bool IsAtEnd => _current is { IsEnd: true };

    /// <summary>The split as far as records have been taken; as it came while its position is being resolved.</summary>
    public SourceSplit Snapshot => _position is { } position ? source.SplitAt(position) : split;

    /// <summary>Whether a record is there; takes the next chunk where the last is used up.</summary>
    public bool TryPeek(out RawRecord? record)
    {
        while (true)
        {
            if (_current is { } current)
            {
                if (_next < current.Records.Count)
                {
                    record = current.Records[_next];
                    return true;
                }

                _position = current.Start with { Offset = Math.Max(current.Start.Offset, current.CoveredTo + 1) };
                if (current.IsEnd)
                {
                    record = null;
                    return false;
                }
            }

            _current = null;
            if (Interlocked.Exchange(ref _ready, null) is not { } chunk)
            {
                record = null;
                return false;
            }

            (_current, _next) = (chunk, 0);
            _position = chunk.Start;
            _free.Release();
        }
    }

    /// <summary>The record that was peeked at has been taken.</summary>
    public void Take() => _position = _current!.Start with { Offset = _current.Records[_next++].Offset + 1 };

    /// <summary>Throws what has ended the fetching.</summary>
    public void ThrowIfFailed() => Volatile.Read(ref _failure)?.Throw();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await FetchAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The reader is being disposed, or the run ends.
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Volatile.Write(ref _failure, ExceptionDispatchInfo.Capture(failure));
            arrived();
        }
    }

    public void Dispose() => _free.Dispose();

    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        RawPosition position = await ResolveAsync(cancellationToken).ConfigureAwait(false);
        await HandOverAsync(new Chunk(position, [], position.Offset - 1), cancellationToken).ConfigureAwait(false);
        TimeSpan pause = FirstPause;
        while (true)
        {
            long last =
                position.Stop <= position.Offset
                    ? -1
                    : await topics
                        .FindLastRecordAsync(position.Topic, position.Partition, position.Offset, cancellationToken)
                        .ConfigureAwait(false);
            if (position.Stop is { } stop)
            {
                last = Math.Min(last, stop - 1);
                if (last < position.Offset)
                {
                    // What was the last record when the reading began has been read, or is there no longer.
                    await HandOverAsync(new Chunk(position, [], position.Offset - 1) { IsEnd = true }, cancellationToken)
                        .ConfigureAwait(false);
                    return;
                }
            }

            RawRecordRange? range =
                last < position.Offset
                    ? null
                    : await topics
                        .ReadAsync(position.Topic, position.Partition, position.Offset, last, ChunkSize, cancellationToken)
                        .ConfigureAwait(false);
            if (range is null || range.CoveredTo < position.Offset)
            {
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                continue;
            }

            pause = FirstPause;
            await HandOverAsync(new Chunk(position, range.Records, range.CoveredTo), cancellationToken).ConfigureAwait(false);
            position = position with { Offset = range.CoveredTo + 1 };
        }
    }

    private async Task<RawPosition> ResolveAsync(CancellationToken cancellationToken)
    {
        RawPosition position = source.PositionOf(split);
        if (position.Offset < 0)
        {
            position = position with
            {
                Offset = await topics
                    .FindStartAsync(position.Topic, position.Partition, isInitial: true, cancellationToken)
                    .ConfigureAwait(false),
            };
        }

        return await topics.ValidateAsync([source.SplitAt(position)], cancellationToken).ConfigureAwait(false) is [RawPosition known, ..]
            ? known with
            {
                Stop = position.Stop,
            }
            : position;
    }

    private async Task HandOverAsync(Chunk chunk, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _ready, chunk);
        arrived();
    }

    /// <param name="Start">Where it begins.</param>
    /// <param name="Records">What lies there.</param>
    /// <param name="CoveredTo">Up to where that is all.</param>
    private sealed record Chunk(RawPosition Start, IReadOnlyList<RawRecord> Records, long CoveredTo)
    {
        public bool IsEnd { get; init; }
    }
}
