using Millrace.DevBroker.Storage;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Storage;

public sealed class LogCompactionTests
{
    private static readonly Millrace.DevBroker.Storage.LogConfig Compacted = LogFixture.Plain with
    {
        Compact = true,
        Delete = false,
        SegmentBytes = 1_500,
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldKeepTheLastValueOfEachKey_AtItsOffset(bool files)
    {
        using LogFixture fixture = new(files, Compacted);
        for (int i = 0; i < 200; i++)
        {
            fixture.Log.Append(RecordBatches.Keyed(($"k{i % 7}", $"v{i}"), ("same", $"{i}")));
        }

        fixture.Log.Seal();
        fixture.Log.ApplyCompaction();
        AssertCompacted(fixture);
        if (!files)
        {
            return;
        }

        fixture.ReopenAfterKill();
        AssertCompacted(fixture);
        foreach (string summary in fixture.SummaryFiles.ToList())
        {
            File.Delete(summary);
        }

        fixture.ReopenAfterKill();
        AssertCompacted(fixture);

        static void AssertCompacted(LogFixture fixture)
        {
            List<(long Offset, string? Key, string? Value)> left = fixture.ReadAll();
            Assert.Equal(8, left.Count);
            Assert.Equal("199", left.Single(r => r.Key == "same").Value);
            Assert.All(left.Where(r => r.Key != "same"), r => Assert.Equal($"v{r.Offset / 2}", r.Value));
            Assert.Equal(400, fixture.Log.HighWatermark);
            Assert.Equal(ErrorCode.InvalidRecord, fixture.Append("without a key").Error);
        }
    }

    [Fact]
    public void ShouldDropTombstones_OnlyWhenTheyAreOldEnough()
    {
        using LogFixture fixture = new(files: true, Compacted with { DeleteRetentionMs = 1_000 });
        fixture.Log.Append(RecordBatches.Create([("a", "1"), ("b", "1")], timestamp: 999_000));
        fixture.Log.Append(RecordBatches.Create([("a", null)], timestamp: 1_000_000));
        fixture.Log.Seal();
        fixture.Log.ApplyCompaction();
        Assert.Equal([("b", "1"), ("a", null)], fixture.ReadAll().Select(r => (r.Key, r.Value)));
        fixture.Time.Advance(TimeSpan.FromSeconds(5));
        fixture.Log.Append(RecordBatches.Create([("c", "1")], timestamp: 1_004_500));
        fixture.Log.Seal();
        fixture.Log.ApplyCompaction();
        Assert.Equal(["b", "c"], fixture.ReadAll().Select(r => r.Key));
    }

    [Fact]
    public void ShouldNotLetAbortedRecordsReplaceCommittedOnes()
    {
        using LogFixture fixture = new(files: true, Compacted);
        fixture.Log.Append(RecordBatches.Keyed(("a", "committed")));
        fixture.Log.Append(RecordBatches.Create([("a", "aborted")], producerId: 7, epoch: 0, sequence: 0, transactional: true));
        fixture.Log.AppendMarker(7, 0, commit: false, coordinatorEpoch: 0);
        fixture.Log.Seal();
        fixture.Log.ApplyCompaction();
        Assert.Equal([("a", "committed")], fixture.ReadAll().Select(r => (r.Key, r.Value)));
    }

    [Fact]
    public void ShouldNotTouchWhatIsUndecided()
    {
        using LogFixture fixture = new(files: true, Compacted);
        fixture.Log.Append(RecordBatches.Create([("a", "open")], producerId: 7, epoch: 0, sequence: 0, transactional: true));
        fixture.Log.Append(RecordBatches.Keyed(("a", "later")));
        fixture.Log.Seal();
        fixture.Log.ApplyCompaction();
        Assert.Equal(2, fixture.ReadAll().Count);
    }

    [Fact]
    public void ShouldKeepBatchesAndTombstones_WhenABatchCannotBeOpened()
    {
        using LogFixture fixture = new(files: true, Compacted with { DeleteRetentionMs = 0 });
        fixture.AppendUnchecked(RecordBatches.Create([("a", "1")], compression: 1));
        fixture.Log.Append(RecordBatches.Keyed(("a", null)));
        fixture.Log.Append(RecordBatches.Keyed(("b", "1")));
        fixture.Log.Append(RecordBatches.Keyed(("b", "2")));
        fixture.Log.Seal();
        fixture.Log.ApplyCompaction();
        Assert.Equal([("a", "1"), ("a", null), ("b", "2")], fixture.ReadAll().Select(r => (r.Key, r.Value)));
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip, false)]
    [InlineData(CompressionCodec.Snappy, false)]
    [InlineData(CompressionCodec.Snappy, true)]
    [InlineData(CompressionCodec.Lz4, false)]
    [InlineData(CompressionCodec.Zstd, false)]
    internal void ShouldShrinkCompressedBatches_AndCloseThemInTheirCodec(CompressionCodec codec, bool isFramed)
    {
        using LogFixture fixture = new(files: true, Compacted with { DeleteRetentionMs = 0 });
        for (int i = 0; i < 50; i++)
        {
            fixture.Log.Append(
                Packed.Of(codec, isFramed, ($"k{i % 7}", $"v{i}"), ("same", $"{i}"), ("gone", i == 49 ? null : "x"), ($"once{i}", "1"))
            );
        }

        long before = fixture.Log.SizeBytes;
        fixture.Log.Seal();
        fixture.Log.ApplyCompaction();
        fixture.ReopenAfterKill();

        List<(long Offset, string? Key, string? Value)> left = fixture.ReadAllPacked(out List<CompressionCodec>? codecs);
        Assert.Equal(7 + 1 + 50, left.Count);
        Assert.Equal("49", left.Single(r => r.Key == "same").Value);
        Assert.DoesNotContain(left, r => r.Key == "gone");
        Assert.All(left.Where(r => r.Key!.StartsWith('k')), r => Assert.Equal($"v{r.Offset / 4}", r.Value));
        Assert.Equal([codec], codecs.Distinct());
        Assert.InRange(fixture.Log.SizeBytes, 1, before - 1);
        Assert.Equal(200, fixture.Log.HighWatermark);
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Zstd)]
    internal void ShouldRefuseCompressedRecordsWithoutKey_AndBytesThatAreNotTheCodec(CompressionCodec codec)
    {
        using LogFixture fixture = new(files: false, Compacted);
        Assert.Equal(ErrorCode.InvalidRecord, fixture.Log.Append(Packed.Of(codec, false, ("a", "1"), (null, "2"))).Error);
        Assert.Equal(ErrorCode.CorruptMessage, fixture.Log.Append(RecordBatches.Create([("a", "1")], compression: (short)codec)).Error);
        Assert.Equal(ErrorCode.None, fixture.Log.Append(Packed.Of(codec, false, ("a", "1"))).Error);
    }
}
