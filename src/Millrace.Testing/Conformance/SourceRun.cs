using Millrace.Batches;
using Millrace.Connectors;

namespace Millrace.Testing.Conformance;

/// <summary>A reader driven as a task drives it, with everything that it emits.</summary>
internal sealed class SourceRun<T>(ISourceReader<T> reader, TimeSpan patience, CancellationToken cancellationToken)
    : ISourceOutput<T>,
        IAsyncDisposable
{
    private const int BatchSize = 3;
    private const int QuietReads = 5;
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(20);

    private bool _ended;

    public ISourceReader<T> Reader => reader;

    public List<(string Split, T Value)> Records { get; } = [];

    public List<string> Released { get; } = [];

    public RecordBatch<T> Batch { get; } = new(BatchSize);

    public void Emit(string splitId)
    {
        Check.That(!Released.Contains(splitId, StringComparer.Ordinal), $"no record of split '{splitId}' after it was released");
        long last = -1;
        for (int row = 0; row < Batch.Count; row++)
        {
            long offset = reader.OffsetOf(row);
            Check.That(
                offset > last || (offset == -1 && row == 0) || (offset == -1 && last == -1),
                $"offsets to rise within a batch, {offset} follows {last} in split '{splitId}'"
            );
            last = offset;
            Records.Add((splitId, Batch.Values[row]));
        }

        Batch.Clear();
    }

    public void ReleaseSplit(string splitId)
    {
        Check.That(!Released.Contains(splitId, StringComparer.Ordinal), $"split '{splitId}' to be released once");
        Released.Add(splitId);
    }

    /// <summary>One call, bounded.</summary>
    public async Task<ReadStatus> ReadAsync(TimeSpan? maxWait = null)
    {
        Check.That(!_ended, "the input to end once");
        ReadStatus status = await Check
            .InTimeAsync(Task.Run(() => reader.Read(this, maxWait ?? Wait), cancellationToken), patience, "a read of 20 ms")
            .ConfigureAwait(false);
        _ended = status == ReadStatus.EndOfInput;
        return status;
    }

    /// <summary>Reads until that many records have come; an end before is an error.</summary>
    public async Task ReadAsync(int count)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (Records.Count < count)
        {
            ReadStatus status = await ReadAsync().ConfigureAwait(false);
            Check.That(
                (status != ReadStatus.EndOfInput || Records.Count >= count) && TimeProvider.System.GetElapsedTime(start) < patience,
                $"{count} records to come within {patience}, {Records.Count} came"
                    + (status == ReadStatus.EndOfInput ? " before the end of the input" : "")
            );
        }
    }

    /// <summary>Reads to the end of a bounded source; of an unbounded one, until nothing more comes.</summary>
    public async Task FinishAsync(Boundedness boundedness, int count)
    {
        if (boundedness == Boundedness.ContinuousUnbounded)
        {
            await ReadAsync(count).ConfigureAwait(false);
            await StayQuietAsync("when all has been read").ConfigureAwait(false);
            return;
        }

        long start = TimeProvider.System.GetTimestamp();
        while (!_ended)
        {
            _ = await ReadAsync().ConfigureAwait(false);
            Check.That(
                TimeProvider.System.GetElapsedTime(start) < patience,
                $"a bounded source to end within {patience}; {Records.Count} records came"
            );
        }
    }

    /// <summary>Whether a few reads bring nothing.</summary>
    public async Task StayQuietAsync(string when)
    {
        int before = Records.Count;
        for (int i = 0; i < QuietReads; i++)
        {
            ReadStatus status = await ReadAsync().ConfigureAwait(false);
            Check.That(status != ReadStatus.EndOfInput, $"the input not to end {when}");
            Check.Equal(before, Records.Count, $"the number of records {when}");
        }
    }

    public async ValueTask DisposeAsync() =>
        await Check.InTimeAsync(reader.DisposeAsync().AsTask(), patience, "the reader's disposal").ConfigureAwait(false);
}
