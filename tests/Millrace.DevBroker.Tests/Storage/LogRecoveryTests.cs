using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Storage;

public sealed class LogRecoveryTests
{
    [Fact]
    public void ShouldKeepEveryWholeBatch_WhereverTheTailIsTorn()
    {
        using LogFixture source = new(files: true);
        List<long> ends = new();
        for (int i = 0; i < 5; i++)
        {
            source.Append($"v{i}");
            ends.Add(new FileInfo(source.LogFiles.Single()).Length);
        }

        byte[] whole = File.ReadAllBytes(source.LogFiles.Single());
        for (int cut = 0; cut <= whole.Length; cut++)
        {
            File.WriteAllBytes(source.LogFiles.Single(), whole[..cut]);
            source.ReopenAfterKill();
            int expected = ends.Count(e => e <= cut);
            Assert.Equal(expected, source.Log.HighWatermark);
            Assert.Equal(Enumerable.Range(0, expected).Select(i => $"v{i}"), source.ReadAll().Select(r => r.Value));
        }
    }

    [Fact]
    public void ShouldCutOffAtTheFirstBatch_WhoseChecksumIsWrong()
    {
        using LogFixture fixture = new(files: true);
        for (int i = 0; i < 3; i++)
        {
            fixture.Append($"v{i}");
        }

        byte[] bytes = File.ReadAllBytes(fixture.LogFiles.Single());
        bytes[(bytes.Length / 2) + 5] ^= 0xff;
        File.WriteAllBytes(fixture.LogFiles.Single(), bytes);
        fixture.ReopenAfterKill();
        Assert.Equal(["v0"], fixture.ReadAll().Select(r => r.Value));
        Assert.Equal(1, fixture.Append("again").BaseOffset);
        fixture.ReopenAfterKill();
        Assert.Equal(["v0", "again"], fixture.ReadAll().Select(r => r.Value));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ShouldKnowTheSame_WithAndWithoutSummaries(bool withSummaries)
    {
        using LogFixture fixture = new(files: true, LogFixture.Plain with { SegmentBytes = 2_000 });
        for (int i = 0; i < 100; i++)
        {
            fixture.Log.Append(RecordBatches.Create([(null, $"v{i}")], timestamp: i));
        }

        Assert.NotEmpty(fixture.SummaryFiles);
        if (!withSummaries)
        {
            foreach (string file in fixture.SummaryFiles.ToList())
            {
                File.Delete(file);
            }
        }

        fixture.ReopenAfterKill();
        Assert.Equal(100, fixture.ReadAll().Count);
        Assert.Equal(42, fixture.Log.FindTimestamp(42, committed: false).Offset);
        Assert.Equal(99, fixture.Log.FindMaxTimestamp().Offset);
    }

    [Fact]
    public void ShouldIgnoreSummaries_ThatAreDamaged()
    {
        using LogFixture fixture = new(files: true, LogFixture.Plain with { SegmentBytes = 2_000 });
        for (int i = 0; i < 100; i++)
        {
            fixture.Append($"v{i}");
        }

        foreach (string file in fixture.SummaryFiles.ToList())
        {
            byte[] bytes = File.ReadAllBytes(file);
            bytes[^1] ^= 1;
            File.WriteAllBytes(file, bytes);
        }

        fixture.ReopenAfterKill();
        Assert.Equal(100, fixture.ReadAll().Count);
    }

    [Fact]
    public void ShouldKeepDeletedRecordsDeleted_WhenTheStartIsRemembered()
    {
        using LogFixture fixture = new(files: true);
        fixture.Append("0", "1", "2");
        Assert.Equal((ErrorCode.None, 2L), fixture.Log.DeleteRecords(2));
        fixture.Reopen(logStart: 2);
        Assert.Equal(2, fixture.Log.LogStartOffset);
        Assert.Equal(ErrorCode.OffsetOutOfRange, fixture.Log.Read(1, 100, committed: false, atLeastOne: true).Error);
    }

    [Fact]
    public void ShouldTellWhereEpochsEnd_AcrossRestarts()
    {
        using LogFixture fixture = new(files: true);
        fixture.Append("0", "1");
        fixture.LeaderEpoch = 1;
        fixture.ReopenAfterKill();
        fixture.Append("2");
        fixture.LeaderEpoch = 3;
        fixture.Reopen();
        Assert.Equal((0, 2L), fixture.Log.EndOfEpoch(0));
        Assert.Equal((1, 3L), fixture.Log.EndOfEpoch(1));
        Assert.Equal((1, 3L), fixture.Log.EndOfEpoch(2));
        Assert.Equal((3, 3L), fixture.Log.EndOfEpoch(3));
        Assert.Equal((-1, -1L), fixture.Log.EndOfEpoch(4));
    }
}
