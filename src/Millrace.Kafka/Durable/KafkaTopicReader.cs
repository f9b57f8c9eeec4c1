using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.Kafka.Consuming;
using Millrace.Kafka.Sources;

namespace Millrace.Kafka.Durable;

/// <summary>Looks into topics with consumers of its own, which join no group. One call at a time reaches the client.</summary>
internal sealed class KafkaTopicReader<T> : IRawTopicReader
{
    private const int LookBack = 64;

    private readonly KafkaSourceSettings<T> _settings;
    private readonly ConnectorContext _context;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _gate = new(1);
    private RangeReader? _reads;
    private RangeReader? _ends;
    private PositionCheck<T>? _check;
    private volatile bool _disposed;

    internal KafkaTopicReader(KafkaSourceSettings<T> settings, ConnectorContext context, ILogger logger)
    {
        _settings = settings;
        _context = context;
        _logger = logger;
    }

    // As the trigger reads: what it does not deliver must not be read back either.
    private RangeReader Reads => _reads ??= Create("read-back", "read_committed", isStrict: true);

    private RangeReader Ends => _ends ??= Create("ends", "read_uncommitted", isStrict: false);

    public Task<int> CountPartitionsAsync(string topic, CancellationToken cancellationToken) =>
        RunAsync(
            () =>
                NewTopics.Await(
                    () => OffsetQueries.PartitionCount(Ends.Client, topic, _settings.RequestTimeout),
                    _settings.TopicPatience,
                    cancellationToken
                ),
            cancellationToken
        );

    public Task<long> FindStartAsync(string topic, int partition, bool isInitial, CancellationToken cancellationToken) =>
        RunAsync(
            () =>
            {
                OffsetLookup lookup = new(Ends.Client, _settings.RequestTimeout, _settings.TopicPatience, cancellationToken);
                long start = (isInitial ? _settings.Starting : OffsetsInitializer.Earliest()).Resolve(
                    [new KafkaTopicPartition(topic, partition)],
                    lookup
                )[0];
                return start >= 0 ? start : Watermarks(topic, partition, cancellationToken).Low;
            },
            cancellationToken
        );

    public async Task<IReadOnlyList<RawPosition>> ValidateAsync(IReadOnlyList<SourceSplit> splits, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        KafkaSplit[] known = [.. splits.Select(KafkaSplit.From)];
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        KafkaSplit[] found;
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _check ??= new PositionCheck<T>(_settings, _context, "positions", _logger);
            found = await _check.RunAsync(known, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }

        RawPosition[] positions = new RawPosition[found.Length];
        for (int i = 0; i < positions.Length; i++)
        {
            positions[i] = found[i].ToPosition();
            if (found[i].IsAnew)
            {
                positions[i] = positions[i] with
                {
                    Offset = await FindStartAsync(positions[i].Topic, positions[i].Partition, isInitial: false, cancellationToken)
                        .ConfigureAwait(false),
                };
            }
        }

        return positions;
    }

    public Task<IReadOnlyList<long>> FindEndsAsync(IReadOnlyList<RawPosition> positions, CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<long>>(() => OffsetQueries.Ends(Ends.Client, positions, _settings.RequestTimeout), cancellationToken);

    public Task<long> FindLastRecordAsync(string topic, int partition, long from, CancellationToken cancellationToken) =>
        RunAsync(() => FindLastRecord(topic, partition, from, cancellationToken), cancellationToken);

    public Task<RawRecordRange> ReadAsync(
        string topic,
        int partition,
        long from,
        long to,
        int maxRecords,
        CancellationToken cancellationToken
    ) => RunAsync(() => Reads.Read(topic, partition, from, to, maxRecords, cancellationToken), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        _reads?.Dispose();
        _ends?.Dispose();
        if (_check is not null)
        {
            await _check.DisposeAsync().ConfigureAwait(false);
        }

        // Not disposed: who waits there would never hear of it.
        _gate.Release();
    }

    private long FindLastRecord(string topic, int partition, long from, CancellationToken cancellationToken)
    {
        (long low, long high) = Watermarks(topic, partition, cancellationToken);
        if (from > high)
        {
            throw TruncatedLog.Create(
                TruncatedLog.Describe(_context.OperatorUid, new KafkaTopicPartition(topic, partition), from, high),
                canContinue: false
            );
        }

        long first = Math.Max(from, low);
        for (long back = LookBack; first < high; back *= 4)
        {
            long start = Math.Max(first, high - back);
            RawRecordRange found = Ends.Read(topic, partition, start, high - 1, int.MaxValue, cancellationToken);
            if (found.Records.Count > 0)
            {
                return found.Records[^1].Offset;
            }

            if (start == first)
            {
                break;
            }
        }

        return -1;
    }

    private (long Low, long High) Watermarks(string topic, int partition, CancellationToken cancellationToken) =>
        NewTopics.Await(
            () => OffsetQueries.Watermarks(Ends.Client, topic, partition, _settings.RequestTimeout),
            _settings.TopicPatience,
            cancellationToken
        );

    private RangeReader Create(string role, string isolation, bool isStrict)
    {
        Dictionary<string, string> properties = _settings.ConsumerProperties(_context, role);
        properties["isolation.level"] = isolation;
        properties["enable.partition.eof"] = "true";
        properties["fetch.wait.max.ms"] = "50";
        if (isStrict && !_settings.AcceptsGaps)
        {
            properties["auto.offset.reset"] = "error";
        }
        else
        {
            properties["auto.offset.reset"] = "earliest";
        }

        return new RangeReader(properties, _logger, _context.TimeProvider, _settings.RequestTimeout);
    }

    private async Task<TResult> RunAsync<TResult>(Func<TResult> work, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return await Task.Run(work, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }
}
