using System.Text;
using Millrace.Batches;
using Millrace.Connectors;

namespace Millrace.Tests.Testing.Conformance;

/// <summary>How a raw source may be wrong.</summary>
internal enum RawFault
{
    None,
    SkipsTheFirst,
    CoversTheFuture,
    FindsAnEndInsteadOfARecord,
    ForgetsPositions,
    ForgetsStops,
    ClearsTheBatch,
    IgnoresCancellation,
    NamesSplitsByOffset,
    LosesTheLastOfARange,
    MixesPartitions,
    HidesAPartition,
    DoubtsItsPositions,
    RejectsItself,
    NamesNoTopic,
    FailsForGood,
}

/// <summary>Reads a <see cref="MemoryLog"/> with nothing but the two parts that every host needs.</summary>
internal sealed class MemoryLogSource(MemoryLog log, Boundedness boundedness = Boundedness.Bounded, RawFault fault = RawFault.None)
    : IRawRecordSource<string>
{
    public int Looks;

    public int Counts;

    public int Flushes;

    public Boundedness Boundedness => boundedness;

    public TimeSpan? PartitionDiscoveryInterval => TimeSpan.FromMilliseconds(20);

    public IReadOnlyList<Topic> Topics =>
        [fault == RawFault.NamesNoTopic ? new Topic(Guid.NewGuid().ToString(), log.Topic.Name) : log.Topic];

    public void Validate(ICollection<string> errors)
    {
        if (fault == RawFault.RejectsItself)
        {
            errors.Add("The source finds itself wrong.");
        }
    }

    public IRawTopicReader CreateTopicReader(ConnectorContext context) => new TopicReader(this, log, fault);

    public IRawRecordReader<string> CreateRawReader(ConnectorContext context) => new RecordReader(this, fault);

    SourceSplit IRawRecordSource.SplitAt(RawPosition position)
    {
        SourceSplit split = RawSplit.At(fault == RawFault.ForgetsStops ? position with { Stop = null } : position);
        return fault == RawFault.NamesSplitsByOffset ? split with { Id = $"{split.Id}@{position.Offset}" } : split;
    }

    RawPosition IRawRecordSource.PositionOf(SourceSplit split) =>
        fault == RawFault.ForgetsPositions ? RawSplit.PositionOf(split) with { Offset = 0 } : RawSplit.PositionOf(split);

    private sealed class TopicReader(MemoryLogSource source, MemoryLog log, RawFault fault) : IRawTopicReader
    {
        public async Task<int> CountPartitionsAsync(string topic, CancellationToken cancellationToken)
        {
            await CheckAsync(cancellationToken);

            // Says one thing to the enumerator and another to others.
            return fault == RawFault.HidesAPartition && source.Counts++ > 0 ? 1 : log.Partitions;
        }

        public async Task<long> FindStartAsync(string topic, int partition, bool isInitial, CancellationToken cancellationToken)
        {
            await CheckAsync(cancellationToken);
            IReadOnlyList<RawRecord> all = log.Read(partition, 0, long.MaxValue);
            return fault == RawFault.SkipsTheFirst && all.Count > 0 ? all[0].Offset + 1 : 0;
        }

        public async Task<long> FindLastRecordAsync(string topic, int partition, long from, CancellationToken cancellationToken)
        {
            await CheckAsync(cancellationToken);
            Interlocked.Increment(ref source.Looks);
            long last = log.LastOf(partition);
            return last < from ? -1
                : fault == RawFault.FindsAnEndInsteadOfARecord ? last + 1
                : last;
        }

        public async Task<RawRecordRange> ReadAsync(
            string topic,
            int partition,
            long from,
            long to,
            int maxRecords,
            CancellationToken cancellationToken
        )
        {
            await CheckAsync(cancellationToken);
            if (fault == RawFault.FailsForGood)
            {
                throw new SuppressRestartsException($"Partition {partition} is gone.");
            }

            IReadOnlyList<RawRecord> all = log.Read(fault == RawFault.MixesPartitions ? 0 : partition, from, to);
            RawRecord[] records = [.. all.Take(maxRecords)];
            long covered =
                fault == RawFault.CoversTheFuture ? to
                : records.Length < all.Count ? records[^1].Offset
                : Math.Min(to, Math.Max(from - 1, log.LastOf(partition)));
            return new RawRecordRange(fault == RawFault.LosesTheLastOfARange && records.Length > 2 ? records[..^1] : records, covered);
        }

        public Task<IReadOnlyList<RawPosition>> ValidateAsync(IReadOnlyList<SourceSplit> splits, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<RawPosition>>(
                fault == RawFault.DoubtsItsPositions
                    ? [.. splits.Select(RawSplit.PositionOf).Select(position => position with { Offset = position.Offset + 1 })]
                    : []
            );

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private Task CheckAsync(CancellationToken cancellationToken) =>
            fault == RawFault.IgnoresCancellation && cancellationToken.IsCancellationRequested ? new TaskCompletionSource().Task
            : cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken)
            : Task.CompletedTask;
    }

    private sealed class RecordReader(MemoryLogSource source, RawFault fault) : IRawRecordReader<string>
    {
        public void Read(RawRecord record, RecordBatch<string> output)
        {
            if (fault == RawFault.ClearsTheBatch)
            {
                output.Clear();
            }

            output.Add(Encoding.UTF8.GetString(record.Value!.Value.Span), record.Timestamp);
        }

        public Task FlushAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref source.Flushes);
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
