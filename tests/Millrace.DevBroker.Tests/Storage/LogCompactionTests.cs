using Millrace.DevBroker.Protocol;

namespace Millrace.DevBroker.Tests.Storage;

public sealed class LogCompactionTests
{
    private static readonly Millrace.DevBroker.Storage.LogConfig Compacted = LogFixture.Plain with { Compact = true, Delete = false, SegmentBytes = 1_500 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldKeepTheLastValueOfEachKey_AtItsOffset(bool files)
    {
        using var fixture = new LogFixture(files, Compacted);
        for (var i = 0; i < 200; i++) fixture.Log.Append(RecordBatches.Keyed(($"k{i % 7}", $"v{i}"), ("same", $"{i}")));
        fixture.Log.Seal();
        fixture.Log.ApplyCompaction();
        AssertCompacted(fixture);
        if (!files) return;
        fixture.ReopenAfterKill();
        AssertCompacted(fixture);
        foreach (var summary in fixture.SummaryFiles.ToList()) File.Delete(summary);
        fixture.ReopenAfterKill();
        AssertCompacted(fixture);

        static void AssertCompacted(LogFixture fixture)
        {
            var left = fixture.ReadAll();
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
        using var fixture = new LogFixture(files: true, Compacted with { DeleteRetentionMs = 1_000 });
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
        using var fixture = new LogFixture(files: true, Compacted);
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
        using var fixture = new LogFixture(files: true, Compacted);
        fixture.Log.Append(RecordBatches.Create([("a", "open")], producerId: 7, epoch: 0, sequence: 0, transactional: true));
        fixture.Log.Append(RecordBatches.Keyed(("a", "later")));
        fixture.Log.Seal();
        fixture.Log.ApplyCompaction();
        Assert.Equal(2, fixture.ReadAll().Count);
    }

    [Fact]
    public void ShouldKeepCompressedBatchesAndTombstones_BecauseTheirKeysCannotBeSeen()
    {
        using var fixture = new LogFixture(files: true, Compacted with { DeleteRetentionMs = 0 });
        fixture.Log.Append(RecordBatches.Create([("a", "1")], compression: 1));
        fixture.Log.Append(RecordBatches.Keyed(("a", null)));
        fixture.Log.Append(RecordBatches.Keyed(("b", "1")));
        fixture.Log.Append(RecordBatches.Keyed(("b", "2")));
        fixture.Log.Seal();
        fixture.Log.ApplyCompaction();
        Assert.Equal([("a", "1"), ("a", null), ("b", "2")], fixture.ReadAll().Select(r => (r.Key, r.Value)));
    }
}
