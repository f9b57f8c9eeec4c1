namespace Millrace.DevBroker.Tests.Storage;

public sealed class LogRetentionTests
{
    private static readonly TimeSpan ProducersForever = TimeSpan.FromDays(1000);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldKeepNoMoreThanRetentionBytes_AndTwoSegments(bool files)
    {
        using LogFixture fixture = new(files, LogFixture.Plain with { SegmentBytes = 1_024, RetentionBytes = 4_096 });
        for (int i = 0; i < 200; i++)
        {
            fixture.Append(new string('x', 100));
        }

        Assert.InRange(fixture.Log.SizeBytes, 4_096 - 1_024, 4_096 + (2 * 1_024));
        long start = fixture.Log.LogStartOffset;
        Assert.InRange(start, 150, 190);
        Assert.Equal(start, fixture.ReadAll(start)[0].Offset);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldDeleteWhatIsOlderThanRetention_EvenTheActiveSegment(bool files)
    {
        using LogFixture fixture = new(files, LogFixture.Plain with { RetentionMs = 60_000 });
        fixture.Log.Append(RecordBatches.Create([(null, "old")], timestamp: fixture.Time.GetUtcNow().ToUnixTimeMilliseconds()));
        fixture.Log.ApplyRetention(ProducersForever);
        Assert.Single(fixture.ReadAll());
        fixture.Time.Advance(TimeSpan.FromMilliseconds(60_001));
        fixture.Log.ApplyRetention(ProducersForever);
        Assert.Equal((1, 1), (fixture.Log.LogStartOffset, fixture.Log.HighWatermark));
        Assert.Equal(1, fixture.Append("new").BaseOffset);
    }

    [Fact]
    public void ShouldBeginANewSegment_WhenTheActiveOneIsOldEnough()
    {
        using LogFixture fixture = new(files: true, LogFixture.Plain with { SegmentAge = 1_000 });
        fixture.Append("a");
        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        fixture.Append("b");
        Assert.Equal(2, fixture.LogFiles.Count());
    }

    [Fact]
    public void ShouldForgetSilentProducers_ButNotThoseWithOpenTransactions()
    {
        using LogFixture fixture = new(files: false);
        fixture.Log.Append(RecordBatches.Create([(null, "a")], producerId: 1, epoch: 0, sequence: 0));
        fixture.Log.Append(RecordBatches.Create([(null, "b")], producerId: 2, epoch: 0, sequence: 0, transactional: true));
        fixture.Time.Advance(TimeSpan.FromDays(2));
        fixture.Log.ApplyRetention(TimeSpan.FromDays(1));
        Assert.Equal([2L], fixture.Log.Producers().Select(p => p.ProducerId));
    }
}
