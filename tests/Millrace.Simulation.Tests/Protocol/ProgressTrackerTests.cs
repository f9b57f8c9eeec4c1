using Millrace.Durable.Protocol;
using Millrace.Time;
using Xunit;

namespace Millrace.Simulation.Tests.Protocol;

public sealed class ProgressTrackerTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private static readonly IdleClock Clock = new(Timeout, TimeSpan.FromSeconds(2));
    private readonly ManualClock _clock = new();
    private readonly ProgressTracker _tracker;

    public ProgressTrackerTests() =>
        _tracker = new ProgressTracker(
            new ProgressOptions { RepairTimeout = TimeSpan.FromSeconds(60), ResendTimeout = TimeSpan.FromSeconds(30) },
            _clock
        );

    [Fact]
    public void ShouldPullAlong_WhenAPartitionIsIdle()
    {
        PartitionStatus[] partitions =
        [
            Status(0, 500, lastRecord: 9),
            Status(1, 100, lastRecord: -1),
            Status(2, 700, lastRecord: 9),
            new("s", 3, null, -1, Timeout),
        ];
        Assert.Equal([500, 100, 700, long.MinValue], _tracker.Watermarks(partitions));

        _clock.Advance(10);
        Assert.Equal([500, 500, 700, 500], _tracker.Watermarks(partitions));
    }

    [Fact]
    public void ShouldPullToTheGreatest_WhenAllAreIdle()
    {
        PartitionStatus[] partitions = [Status(0, 500, lastRecord: -1), Status(1, 100, lastRecord: -1)];
        _tracker.Watermarks(partitions);
        _clock.Advance(10);

        Assert.Equal([500, 500], _tracker.Watermarks(partitions));
    }

    [Fact]
    public void ShouldFollowTheClock_WhenNoPartitionOfASourceHasAnything()
    {
        PartitionStatus[] partitions =
        [
            Quiet(0, 500),
            Quiet(1, 100),
            new("s", 2, null, -1, IdleClock: Clock),
            new("other", 0, new LedgerState(1, 0, 50, SentPositions.Empty, null), LastRecord: -1),
        ];
        _clock.UtcMilliseconds = 100_000;
        Assert.Equal([500, 100, long.MinValue, 50], _tracker.Watermarks(partitions));
        _clock.Advance(9);
        Assert.Equal([500, 100, long.MinValue, 50], _tracker.Watermarks(partitions));

        _clock.Advance(1);
        Assert.Equal([107_999, 107_999, 107_999, 50], _tracker.Watermarks(partitions));
        _clock.Advance(1);
        Assert.Equal([108_999, 108_999, 108_999, 50], _tracker.Watermarks(partitions));
    }

    [Fact]
    public void ShouldNotFollowTheClock_WhenAPartitionOfTheSourceHasRecordsOrAPlan()
    {
        foreach (
            PartitionStatus busy in (PartitionStatus[])
                [Quiet(1, 100) with { LastRecord = 7 }, Status(1, 100, lastRecord: -1, new OffsetRange(0, 3)) with { IdleClock = Clock }]
        )
        {
            PartitionStatus[] partitions = [Quiet(0, 500), busy];
            _clock.UtcMilliseconds = 100_000;
            _tracker.Watermarks(partitions);
            _clock.Advance(60);

            Assert.Equal([500, 100], _tracker.Watermarks(partitions));
        }
    }

    [Fact]
    public void ShouldKeepTheLedgersWatermark_WhenTheClockIsBehindIt()
    {
        PartitionStatus[] partitions = [Quiet(0, 500_000)];
        _clock.UtcMilliseconds = 100_000;
        _tracker.Watermarks(partitions);
        _clock.Advance(10);

        Assert.Equal([500_000], _tracker.Watermarks(partitions));
    }

    [Fact]
    public void ShouldPullIdlePartitionsOnly_WhenAnotherSourceFollowsTheClock()
    {
        // What the clock says of one source is no word about another.
        PartitionStatus[] partitions = [Quiet(0, 500), Status(0, 100, lastRecord: -1) with { Source = "other" }];
        _clock.UtcMilliseconds = 100_000;
        _tracker.Watermarks(partitions);
        _clock.Advance(10);

        Assert.Equal([107_999, 500], _tracker.Watermarks(partitions));
    }

    [Fact]
    public void ShouldStartOver_WhenAPartitionHadRecords()
    {
        PartitionStatus[] quiet = [Status(0, 500, lastRecord: 9), Status(1, 100, lastRecord: -1)];
        _tracker.Watermarks(quiet);
        _clock.Advance(9);
        _tracker.Watermarks([Status(0, 500, lastRecord: 9), Status(1, 100, lastRecord: 3)]);
        _clock.Advance(9);

        Assert.Equal([500, 100], _tracker.Watermarks(quiet));
    }

    [Fact]
    public void ShouldSpeakForItself_WhenAPulledPartitionIsActiveAgain()
    {
        _tracker.Watermarks([Status(0, 500, lastRecord: 9), Status(1, 100, lastRecord: -1)]);
        _clock.Advance(10);
        Assert.Equal([500, 500], _tracker.Watermarks([Status(0, 500, lastRecord: 9), Status(1, 100, lastRecord: -1)]));

        // Its receivers keep the 500 that they were told, and wait there for it.
        Assert.Equal([900, 450], _tracker.Watermarks([Status(0, 900, lastRecord: 9), Status(1, 450, lastRecord: 12)]));
    }

    [Fact]
    public void ShouldFindStrandedWork_WhenALedgerStandsStill()
    {
        PartitionStatus[] partitions =
        [
            Status(0, 500, lastRecord: 9),
            Status(1, 100, lastRecord: -1),
            Status(2, 100, lastRecord: -1, plan: new OffsetRange(0, 3)),
        ];
        _tracker.Watermarks(partitions);
        _clock.Advance(59);
        _tracker.Watermarks(partitions);
        Assert.DoesNotContain(partitions, p => _tracker.IsStranded(p));

        _clock.Advance(1);
        _tracker.Watermarks(partitions);
        Assert.Equal([0, 2], partitions.Where(p => _tracker.IsStranded(p)).Select(static p => p.Upstream));
    }

    [Fact]
    public void ShouldStartOver_WhenTheClockGoesBack()
    {
        PartitionStatus[] partitions = [Status(0, 500, lastRecord: 9)];
        _tracker.Watermarks(partitions);
        _clock.Advance(-100_000);
        _tracker.Watermarks(partitions);
        _clock.Advance(60);
        _tracker.Watermarks(partitions);

        Assert.True(_tracker.IsStranded(partitions[0]));
    }

    [Fact]
    public void ShouldFindLoss_WhenAReceiverStandsStillBehind()
    {
        ChannelLag lag = new(new ChannelId("in", 0, 0), 5, 9);
        Assert.False(_tracker.IsLost(lag));
        _clock.Advance(29);
        Assert.False(_tracker.IsLost(lag with { Applied = 6 }));
        _clock.Advance(30);
        Assert.True(_tracker.IsLost(lag with { Applied = 6 }));
        Assert.False(_tracker.IsLost(lag with { Applied = 6 }));
        Assert.False(_tracker.IsLost(lag with { Applied = 9 }));
    }

    private static PartitionStatus Status(int partition, long watermark, long lastRecord, OffsetRange? plan = null) =>
        new("s", partition, new LedgerState(1, 0, watermark, SentPositions.Empty, plan), lastRecord, Timeout);

    private static PartitionStatus Quiet(int partition, long watermark) =>
        new("s", partition, new LedgerState(1, 0, watermark, SentPositions.Empty, null), LastRecord: -1, IdleClock: Clock);

    private sealed class ManualClock : TimeProvider
    {
        private long _seconds;

        public override long TimestampFrequency => 1;

        public long UtcMilliseconds { get; set; }

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(UtcMilliseconds);

        public override long GetTimestamp() => _seconds;

        public void Advance(long seconds)
        {
            _seconds += seconds;
            UtcMilliseconds += seconds * 1_000;
        }
    }
}
