using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Testing;
using Xunit;

namespace Millrace.Tests.Connectors;

public sealed class GeneratorSourceTests
{
    [Fact]
    public void ShouldEmitWhatIsDue_WhateverHasNotBeenEmittedInTime()
    {
        ManualTimeProvider time = new();
        GeneratorSource<long> source = new(1_000_000, static n => n)
        {
            RecordsPerSecond = 10_000,
            FirstDue = time.GetTimestamp() + time.TimestampFrequency,
        };
        Output output = new();
        ISourceReader<long> reader = source.CreateReader(
            new ConnectorContext("job", "source", 0, 1, time, NullLoggerFactory.Instance, CancellationToken.None)
        );
        reader.AddSplits([new SourceSplit("0", 0, ReadOnlyMemory<byte>.Empty)]);

        Assert.Equal(0, ReadAll());
        time.Advance(TimeSpan.FromMilliseconds(1_000.9));
        Assert.Equal(0, ReadAll());
        time.Advance(TimeSpan.FromMilliseconds(0.2));
        Assert.Equal(11, ReadAll());
        time.Advance(TimeSpan.FromMilliseconds(0.5));
        Assert.Equal(0, ReadAll());

        // A stall shifts nothing: all that was due meanwhile comes at once.
        time.Advance(TimeSpan.FromMilliseconds(98.4));
        Assert.Equal(989, ReadAll());
        Assert.Equal(Enumerable.Range(0, 1_000).Select(n => (long)n), output.Records);

        int ReadAll()
        {
            int before = output.Records.Count;
            while (reader.Read(output, TimeSpan.Zero) == ReadStatus.MoreAvailable)
            {
                Assert.NotEmpty(output.Records);
            }

            return output.Records.Count - before;
        }
    }

    private sealed class Output : ISourceOutput<long>
    {
        public RecordBatch<long> Batch { get; } = new(64);

        public List<long> Records { get; } = [];

        public void Emit(string splitId)
        {
            Records.AddRange(Batch.Values);
            Batch.Clear();
        }

        public void ReleaseSplit(string splitId) => Assert.Fail("The source has not ended.");
    }
}
