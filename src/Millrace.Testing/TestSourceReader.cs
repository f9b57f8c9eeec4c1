using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Serialization;
using Millrace.Time;

namespace Millrace.Testing;

/// <summary>Reads splits of a <see cref="TestSource{T}"/>, up to the next watermark at a time.</summary>
internal sealed class TestSourceReader<T>(TestSplit<T>[] all, bool replays) : ISourceReader<T>
{
    // Source tasks create the generators of splits and hand the splits over on one thread, one after the other and in the same order.
    [ThreadStatic]
    private static List<Generator>? _unbound;

    private readonly List<Cursor> _cursors = [];
    private bool _noMoreSplits;
    private int _turn;

    public static IWatermarkGenerator<T> CreateGenerator()
    {
        Generator generator = new();
        (_unbound ??= []).Add(generator);
        return generator;
    }

    public void AddSplits(IReadOnlyList<SourceSplit> splits)
    {
        List<Generator> generators = _unbound ?? [];
        for (int i = 0; i < splits.Count; i++)
        {
            TestSplit<T> split =
                Array.Find(all, s => string.Equals(s.Id, splits[i].Id, StringComparison.Ordinal))
                ?? throw new InvalidOperationException(
                    $"The checkpoint has split '{splits[i].Id}', the test source has {all.Length} splits; give it at least as many as it "
                        + "had."
                );
            int next =
                splits[i].Position.IsEmpty ? 0
                : replays ? new DataReader(splits[i].Position.Span).ReadInt32()
                : split.Count;
            _cursors.Add(new Cursor(split, generators.Count == splits.Count ? generators[i] : null) { Next = next });
        }

        generators.Clear();
    }

    public void NotifyNoMoreSplits() => _noMoreSplits = true;

    public ReadStatus Read(ISourceOutput<T> output, TimeSpan maxWait)
    {
        for (int i = 0; i < _cursors.Count; i++)
        {
            Cursor cursor = _cursors[_turn];
            _turn = (_turn + 1) % _cursors.Count;
            if (cursor.IsPaused || cursor.IsReleased)
            {
                continue;
            }

            if (Read(cursor, output))
            {
                return ReadStatus.MoreAvailable;
            }

            if (cursor.Split.IsAtEnd(cursor.Next))
            {
                cursor.IsReleased = true;
                output.ReleaseSplit(cursor.Split.Id);
            }
        }

        return _noMoreSplits && _cursors.TrueForAll(cursor => cursor.IsReleased) ? ReadStatus.EndOfInput : ReadStatus.NothingAvailable;
    }

    public IReadOnlyList<SourceSplit> SnapshotSplits(long checkpointId) =>
        [
            .. _cursors.Select(cursor =>
            {
                DataWriter position = new(4);
                position.WriteInt32(cursor.Next);
                return new SourceSplit(cursor.Split.Id, cursor.Split.Number, position.ToArray());
            }),
        ];

    public void NotifyCheckpointComplete(long checkpointId)
    {
        // Positions are nobody else's business.
    }

    public void SetPaused(IReadOnlyCollection<string> splitIds, bool paused)
    {
        foreach (Cursor cursor in _cursors.Where(cursor => splitIds.Contains(cursor.Split.Id, StringComparer.Ordinal)))
        {
            cursor.IsPaused = paused;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static bool Read(Cursor cursor, ISourceOutput<T> output)
    {
        int before = cursor.Next;
        RecordBatch<T> batch = output.Batch;
        while (!batch.IsFull && cursor.Split.TryGet(cursor.Next, out TestElement<T> element))
        {
            cursor.Next++;
            if (element.IsWatermark)
            {
                cursor.Generator?.Raise(element.Timestamp);
                break;
            }

            batch.Add(element.Value, element.Timestamp);
        }

        output.Emit(cursor.Split.Id);
        return cursor.Next > before;
    }

    private sealed class Cursor(TestSplit<T> split, Generator? generator)
    {
        public TestSplit<T> Split { get; } = split;

        public Generator? Generator { get; } = generator;

        public int Next { get; set; }

        public bool IsPaused { get; set; }

        public bool IsReleased { get; set; }
    }

    private sealed class Generator : IWatermarkGenerator<T>
    {
        private long _watermark = long.MinValue;

        public void Raise(long watermark) => _watermark = Math.Max(_watermark, watermark);

        public void OnBatch(ReadOnlySpan<T> values, ReadOnlySpan<long> timestamps, ref long watermark)
        {
            // A watermark stands behind the batch, not before it.
        }

        public void OnPeriodicEmit(ref long watermark) => watermark = Math.Max(watermark, _watermark);
    }
}
