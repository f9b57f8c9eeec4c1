using Millrace.Connectors;
using Millrace.Testing.Conformance;
using Xunit;

namespace Millrace.Tests.Testing.Conformance;

public sealed class SinkConformanceTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "millrace-tests", Guid.NewGuid().ToString("n"));

    public static TheoryData<string> Checks => new(SinkConformance.CheckNames);

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_WhenADurableSinkHasNothingButItsTwoParts(string check) =>
        RunAsync(check, new MemorySinkSubject(DurableSinkGuarantee.AtLeastOnce, SinkFault.None));

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_WhenADurableSinkIsExactlyOnce(string check) =>
        RunAsync(check, new MemorySinkSubject(DurableSinkGuarantee.ExactlyOnce, SinkFault.None));

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_WhenASinkHasWritersOfItsOwn(string check) => RunAsync(check, new WriterSubject(commits: false, fault: null));

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_WhenASinkHasCommittingWriters(string check) => RunAsync(check, new WriterSubject(commits: true, fault: null));

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_TestSink(string check) => RunAsync(check, new TestSinkSubject(isTransactional: false));

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_TransactionalTestSink(string check) => RunAsync(check, new TestSinkSubject(isTransactional: true));

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_FileSink(string check) => RunAsync(check, new FileSinkSubject(_directory, rollsOnCheckpoint: false));

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_FileSinkThatRolls(string check) => RunAsync(check, new FileSinkSubject(_directory, rollsOnCheckpoint: true));

    [Theory]
    [InlineData(WriterFault.KeepsTheBatch, false, "ShouldShowEachRecord_WhenACheckpointIsComplete")]
    [InlineData(WriterFault.LosesWhatIsFlushed, false, "ShouldShowEachRecord_WhenTheInputHasEnded")]
    [InlineData(WriterFault.LosesWhatIsFlushed, false, "ShouldLoseNothing_WhenARunThatFailedIsRepeated")]
    [InlineData(WriterFault.LosesWhatIsFlushed, false, "ShouldShowTheRecordsOfAllTasks_WhenThereAreSeveral")]
    [InlineData(WriterFault.WritesAtTheEndOnly, false, "ShouldShowEachRecord_WhenACheckpointIsComplete")]
    [InlineData(WriterFault.WritesBackwards, false, "ShouldKeepTheOrder_OfOneTask")]
    [InlineData(WriterFault.HangsWhenDisposed, false, "ShouldStop_WhenDisposedWithoutAFlush")]
    [InlineData(WriterFault.AcceptsEverything, false, "ShouldSayWhatIsWrong_WhenTheDeclarationIs")]
    [InlineData(WriterFault.RejectsShortCheckpoints, false, "ShouldFindNothingWrong_WhenTheDeclarationIsRight")]
    [InlineData(WriterFault.HidesThatItCommits, true, "ShouldSaySo_WhenItCommitsByCheckpoints")]
    [InlineData(WriterFault.ShowsBeforeTheCommit, true, "ShouldShowNothing_BeforeItIsCommitted")]
    [InlineData(WriterFault.CommitsAgain, true, "ShouldCommitOnce_WhenACommitIsRepeated")]
    [InlineData(WriterFault.ForgetsCommittables, true, "ShouldCommitWhatTheCheckpointHolds_WhenRecovering")]
    [InlineData(WriterFault.KeepsWhatIsOpen, true, "ShouldRollBackWhatIsOpen_WhenRecovering")]
    [InlineData(WriterFault.CommitsItsOwnTaskOnly, true, "ShouldCommitForTasksThatAreNoMore_WhenRecoveringWithFewer")]
    [InlineData(WriterFault.WritesBackwards, true, "ShouldCommitInTheOrderOfCheckpoints_WhenSeveralAreComplete")]
    public Task ShouldFail_WhenAWriterIsWrong(object fault, bool commits, string check) =>
        FailsAsync<ConformanceException>(check, new WriterSubject(commits, (WriterFault)fault));

    [Fact]
    public Task ShouldFail_WhenAWriterFailsWithoutRecords() =>
        FailsAsync<InvalidOperationException>(
            "ShouldDoNothing_WhenThereIsNothingToWrite",
            new WriterSubject(commits: false, WriterFault.FailsWithoutRecords)
        );

    [Theory]
    [InlineData(SinkFault.AcknowledgesBeforeItSends, "ShouldShowEachRecord_WhenItIsSent")]
    [InlineData(SinkFault.AcknowledgesBeforeItSends, "ShouldLoseNothing_WhenSendingIsRepeated")]
    [InlineData(SinkFault.AcknowledgesBeforeItSends, "ShouldLoseNothing_WhenARunThatFailedIsRepeated")]
    [InlineData(SinkFault.SendsBackwards, "ShouldShowEachRecord_WhenItIsSent")]
    [InlineData(SinkFault.SendsBackwards, "ShouldKeepTheOrder_OfOneTask")]
    [InlineData(SinkFault.SendsTwice, "ShouldShowEachRecord_WhenItIsSent")]
    [InlineData(SinkFault.IgnoresItsMarker, "ShouldSendNothingTwice_WhenExactlyOnceAndRepeated")]
    [InlineData(SinkFault.IgnoresItsMarker, "ShouldSendTheRest_WhenExactlyOnceAndAPartWasSent")]
    [InlineData(SinkFault.IgnoresItsMarker, "ShouldCommitOnce_WhenACommitIsRepeated")]
    [InlineData(SinkFault.MarksForAllTasks, "ShouldKeepTasksApart_WhenTheirNumbersAreEqual")]
    [InlineData(SinkFault.EncodesTheTime, "ShouldEncodeToTheSameBytes_WhenARecordIsEncodedAgain")]
    [InlineData(SinkFault.ClearsWhatWasEncoded, "ShouldAppend_WhenEncodingBehindOtherBytes")]
    [InlineData(SinkFault.IgnoresCancellation, "ShouldStop_WhenSendingIsCancelled")]
    [InlineData(SinkFault.FailsWhenCancelled, "ShouldStop_WhenSendingIsCancelled")]
    [InlineData(SinkFault.SendsSomethingOfNothing, "ShouldSendNothing_WhenThereIsNoRecord")]
    [InlineData(SinkFault.NamesNoTopic, "ShouldNameTheSameTopics_WhenDeclaredAgain")]
    public Task ShouldFail_WhenADurableSinkIsWrong(object fault, string check) =>
        FailsAsync<ConformanceException>(check, new MemorySinkSubject(DurableSinkGuarantee.ExactlyOnce, (SinkFault)fault));

    [Fact]
    public Task ShouldFail_WhenEncodingNeedsAConnection() =>
        FailsAsync<InvalidOperationException>(
            "ShouldEncodeToTheSameBytes_WhenARecordIsEncodedAgain",
            new MemorySinkSubject(DurableSinkGuarantee.AtLeastOnce, SinkFault.EncodesWithAConnection)
        );

    public void Dispose()
    {
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private static Task RunAsync<T>(string check, SinkUnderTest<T> subject) =>
        new SinkConformance<T>(_ => Task.FromResult(subject)).RunAsync(check, CancellationToken.None);

    private static Task FailsAsync<TException>(string check, SinkUnderTest<string> subject)
        where TException : Exception =>
        Assert.ThrowsAsync<TException>(() =>
            new SinkConformance<string>(_ => Task.FromResult(subject)) { Patience = TimeSpan.FromSeconds(2) }.RunAsync(
                check,
                CancellationToken.None
            )
        );
}

/// <summary>The file sink over a directory.</summary>
internal sealed class FileSinkSubject(string directory, bool rollsOnCheckpoint) : SinkUnderTest<string>
{
    public override ISink<string> Create() =>
        FileSink
            .ForRowFormat(directory, new SimpleStringEncoder<string>())
            .WithRollingPolicy(new FileRollingPolicy { MaxPartSize = 64, RollsOnCheckpoint = rollsOnCheckpoint });

    public override string RecordOf(int number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"line {number}");

    public override async Task<IReadOnlyList<string>> ReadAsync(CancellationToken cancellationToken)
    {
        List<string> lines = [];
        if (Directory.Exists(directory))
        {
            IEnumerable<string> finished = Directory
                .EnumerateFiles(directory, "part-*", SearchOption.AllDirectories)
                .OrderBy(TaskOf)
                .ThenBy(NumberOf);
            foreach (string file in finished)
            {
                lines.AddRange(await File.ReadAllLinesAsync(file, cancellationToken));
            }
        }

        return lines;
    }

    public override ISink<string> CreateInvalid() =>
        FileSink.ForRowFormat(directory, new SimpleStringEncoder<string>()).WithOutputFileConfig(".hidden", "");

    private static int TaskOf(string file) => PartOf(file, 1);

    private static int NumberOf(string file) => PartOf(file, 3);

    private static int PartOf(string file, int index) =>
        int.Parse(Path.GetFileName(file).Split('-')[index], System.Globalization.CultureInfo.InvariantCulture);
}
