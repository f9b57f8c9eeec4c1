using System.Globalization;
using Millrace.Connectors;
using Millrace.Time;

namespace Millrace.Testing;

/// <summary>
/// A source that the test fills: records and, with <see cref="Watermarks"/>, watermarks, per split. It keeps everything, so that a restored
/// job reads on from its checkpoint's position.
/// <code>
/// var source = new TestSource&lt;Bid&gt;();
/// env.FromSource(source, source.Watermarks)...
/// source.Add(bid, timestamp: 1000);
/// source.AddWatermark(1000);
/// </code>
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class TestSource<T> : ISource<T>
{
    private readonly TestSplit<T>[] _splits;
    private readonly bool _replays;

    /// <summary>An empty source.</summary>
    /// <param name="splits">Number of splits, at least 1. Split i is read by task i modulo the source's parallelism.</param>
    public TestSource(int splits = 1)
        : this(splits, replays: true) { }

    internal TestSource(int splits, bool replays)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(splits);
        _replays = replays;
        _splits = [.. Enumerable.Range(0, splits).Select(split => new TestSplit<T>(split.ToString(CultureInfo.InvariantCulture), split))];
    }

    /// <summary>
    /// Watermarks as the test gives them with <see cref="AddWatermark"/>, for <c>FromSource</c>. With another strategy those are ignored.
    /// </summary>
    public WatermarkStrategy<T> Watermarks { get; } = WatermarkStrategy<T>.ForGenerator(TestSourceReader<T>.CreateGenerator);

    /// <inheritdoc/>
    public Boundedness Boundedness => Boundedness.Bounded;

    /// <inheritdoc/>
    public IReadOnlyList<Topic> Topics => [];

    /// <summary>Adds a record.</summary>
    /// <param name="value">The record.</param>
    /// <param name="timestamp">Its event timestamp in milliseconds since the Unix epoch.</param>
    /// <param name="split">The split.</param>
    public void Add(T value, long timestamp = Batches.RecordBatch.NoTimestamp, int split = 0) =>
        _splits[split].Add(new TestElement<T>(value, timestamp, IsWatermark: false));

    /// <summary>Adds records.</summary>
    /// <param name="records">The records with their timestamps.</param>
    /// <param name="split">The split.</param>
    public void AddRange(IEnumerable<StreamRecord<T>> records, int split = 0)
    {
        ArgumentNullException.ThrowIfNull(records);
        foreach (StreamRecord<T> record in records)
        {
            Add(record.Value, record.Timestamp, split);
        }
    }

    /// <summary>
    /// Raises the watermark of a split, or of all: no record with a timestamp &lt;= <paramref name="watermark"/> will follow.
    /// </summary>
    /// <param name="watermark">Milliseconds since the Unix epoch.</param>
    /// <param name="split">The split; <see langword="null"/> = all.</param>
    public void AddWatermark(long watermark, int? split = null)
    {
        foreach (TestSplit<T> each in _splits)
        {
            if (split is null || split == each.Number)
            {
                each.Add(new TestElement<T>(default!, watermark, IsWatermark: true));
            }
        }
    }

    /// <summary>Ends a split, or all: once all splits have ended the job finishes.</summary>
    /// <param name="split">The split; <see langword="null"/> = all.</param>
    public void End(int? split = null)
    {
        foreach (TestSplit<T> each in _splits)
        {
            if (split is null || split == each.Number)
            {
                each.End();
            }
        }
    }

    /// <inheritdoc/>
    public void Validate(ICollection<string> errors)
    {
        // What the test adds later cannot be wrong now.
    }

    /// <inheritdoc/>
    public ISplitEnumerator CreateEnumerator(ConnectorContext context) => new Enumerator(_splits);

    /// <inheritdoc/>
    public ISourceReader<T> CreateReader(ConnectorContext context) => new TestSourceReader<T>(_splits, _replays);

    private sealed class Enumerator(TestSplit<T>[] splits) : ISplitEnumerator
    {
        public TimeSpan? DiscoveryInterval => null;

        public Task<IReadOnlyList<SourceSplit>> DiscoverAsync(bool isInitial, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<SourceSplit>>([
                .. splits.Select(split => new SourceSplit(split.Id, split.Number, ReadOnlyMemory<byte>.Empty)),
            ]);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
