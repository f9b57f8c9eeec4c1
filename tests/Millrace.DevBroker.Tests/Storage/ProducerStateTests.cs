using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Storage;

/// <summary>
/// Idempotent and transactional producers as a partition sees them. Each test runs plain, and with a restart after every step.
/// </summary>
public sealed class ProducerStateTests
{
    public static TheoryData<Restart> Restarts => [Restart.Never, Restart.Clean, Restart.Kill];

    public enum Restart
    {
        Never,
        Clean,
        Kill,
    }

    [Theory]
    [MemberData(nameof(Restarts))]
    public void ShouldAnswerRepeatsWithTheOriginalOffset(Restart restart)
    {
        using Steps log = new(restart);
        for (int i = 0; i < 7; i++)
        {
            Assert.Equal(i * 2, log.Append(sequence: i * 2).BaseOffset);
        }

        for (int i = 2; i < 7; i++)
        {
            Assert.Equal((ErrorCode.None, i * 2L), Outcome(log.Append(sequence: i * 2)));
        }

        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, log.Append(sequence: 0).Error);
        Assert.Equal(14, log.Fixture.Log.HighWatermark);
    }

    [Theory]
    [MemberData(nameof(Restarts))]
    public void ShouldRefuseGapsAndOldEpochs(Restart restart)
    {
        using Steps log = new(restart);
        log.Append(sequence: 0);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, log.Append(sequence: 4).Error);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, log.Append(sequence: 2, epoch: 1).Error);
        Assert.Equal((ErrorCode.None, 2L), Outcome(log.Append(sequence: 0, epoch: 1)));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, log.Append(sequence: 2, epoch: 0).Error);
    }

    [Fact]
    public void ShouldGoOnAtZero_WhenTheSequenceWraps()
    {
        using Steps log = new(Restart.Kill);
        Assert.Equal(ErrorCode.None, log.Append(sequence: int.MaxValue - 1).Error);
        Assert.Equal((ErrorCode.None, 2L), Outcome(log.Append(sequence: 0)));
    }

    [Theory]
    [MemberData(nameof(Restarts))]
    public void ShouldHoldBackReadCommitted_UntilTheTransactionEnds(Restart restart)
    {
        using Steps log = new(restart);
        log.Append(sequence: 0, transactional: true);
        log.AppendPlain("plain");
        Assert.Equal((0, 3), (log.Fixture.Log.LastStableOffset, log.Fixture.Log.HighWatermark));
        Assert.Empty(log.Fixture.ReadAll(committed: true));
        Assert.Equal(3, log.Fixture.ReadAll().Count);
        log.Marker(commit: true);
        Assert.Equal(4, log.Fixture.Log.LastStableOffset);
        Assert.Equal(3, log.Fixture.ReadAll(committed: true).Count);
    }

    [Theory]
    [MemberData(nameof(Restarts))]
    public void ShouldListAbortedTransactions_ToThoseWhoReadThem(Restart restart)
    {
        using Steps log = new(restart);
        log.AppendPlain("before");
        log.Append(sequence: 0, transactional: true);
        log.Append(sequence: 0, producer: 8, transactional: true);
        log.Marker(commit: false);
        Assert.Equal(3, log.Fixture.Log.LastStableOffset);
        log.Marker(commit: false, producer: 8);
        log.AppendPlain("after");

        using Millrace.DevBroker.Storage.SegmentSlice? whole = log.Fixture.Log.Read(0, 1 << 20, committed: true, atLeastOne: true).Records;
        Assert.Equal([(7L, 1L), (8L, 3L)], Aborted(log, from: 0));
        Assert.Equal([(7L, 1L), (8L, 3L)], Aborted(log, from: 4));
        Assert.Equal([(8L, 3L)], Aborted(log, from: 6));
        Assert.Empty(Aborted(log, from: 7));
        Assert.Null(log.Fixture.Log.Read(0, 1 << 20, committed: false, atLeastOne: true).Aborted);
    }

    [Theory]
    [MemberData(nameof(Restarts))]
    public void ShouldFenceOlderEpochs_AfterAMarkerWithANewOne(Restart restart)
    {
        using Steps log = new(restart);
        log.Append(sequence: 0, transactional: true);
        Assert.Equal(ErrorCode.None, log.Marker(commit: false, epoch: 1));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, log.Append(sequence: 2, transactional: true).Error);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, log.Marker(commit: true, epoch: 0));
        Assert.Equal(ErrorCode.None, log.Append(sequence: 0, epoch: 1, transactional: true).Error);
    }

    [Fact]
    public void ShouldRefuseOlderCoordinators()
    {
        using Steps log = new(Restart.Never);
        log.Append(sequence: 0, transactional: true);
        Assert.Equal(ErrorCode.None, log.Fixture.Log.AppendMarker(7, 0, commit: true, coordinatorEpoch: 4).Error);
        Assert.Equal(ErrorCode.TransactionCoordinatorFenced, log.Fixture.Log.AppendMarker(7, 0, commit: true, coordinatorEpoch: 3).Error);
    }

    private static (ErrorCode Error, long BaseOffset) Outcome(Millrace.DevBroker.Storage.AppendResult result) =>
        (result.Error, result.BaseOffset);

    private static List<(long ProducerId, long FirstOffset)> Aborted(Steps log, long from)
    {
        Millrace.DevBroker.Storage.ReadResult read = log.Fixture.Log.Read(from, 1 << 20, committed: true, atLeastOne: true);
        read.Records?.Dispose();
        return read.Aborted!.ConvertAll(a => (a.ProducerId, a.FirstOffset));
    }

    /// <summary>A log of files that goes through a restart before every step.</summary>
    private sealed class Steps(Restart restart) : IDisposable
    {
        public LogFixture Fixture { get; } = new(files: true, LogFixture.Plain with { SegmentBytes = 1_024 });

        public Millrace.DevBroker.Storage.AppendResult Append(int sequence, short epoch = 0, long producer = 7, bool transactional = false)
        {
            Between();
            return Fixture.Log.Append(
                RecordBatches.Create(
                    [(null, "x"), (null, new string('y', 150))],
                    producerId: producer,
                    epoch: epoch,
                    sequence: sequence,
                    transactional: transactional
                )
            );
        }

        public void AppendPlain(string value)
        {
            Between();
            Fixture.Append(value);
        }

        public ErrorCode Marker(bool commit, short epoch = 0, long producer = 7)
        {
            Between();
            return Fixture.Log.AppendMarker(producer, epoch, commit, coordinatorEpoch: 0).Error;
        }

        public void Dispose() => Fixture.Dispose();

        private void Between()
        {
            if (restart == Restart.Clean)
            {
                Fixture.Reopen();
            }
            else if (restart == Restart.Kill)
            {
                Fixture.ReopenAfterKill();
            }
        }
    }
}
