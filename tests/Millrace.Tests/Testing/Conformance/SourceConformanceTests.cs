using System.Globalization;
using Millrace.Connectors;
using Millrace.Testing;
using Millrace.Testing.Conformance;
using Xunit;

namespace Millrace.Tests.Testing.Conformance;

public sealed class SourceConformanceTests
{
    private static readonly string[] Lines =
    [
        .. Enumerable.Range(0, 12).Select(i => string.Create(CultureInfo.InvariantCulture, $"line {i}")),
    ];

    public static TheoryData<string> Checks => new(SourceConformance.CheckNames);

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_WhenARawSourceHasNothingButItsTwoParts(string check) =>
        RunAsync(check, new MemoryLogSubject(log => new MemoryLogSource(log)));

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_WhenARawSourceIsUnbounded(string check) =>
        RunAsync(check, new MemoryLogSubject(log => new MemoryLogSource(log, Boundedness.ContinuousUnbounded)));

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_CollectionSource(string check) =>
        RunAsync(check, new FixedSubject<string>(Lines, () => new CollectionSource<string>(Lines)));

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_GeneratorSource(string check)
    {
        long[] numbers = [.. Enumerable.Range(0, 17).Select(i => (long)i)];
        return RunAsync(
            check,
            new FixedSubject<long>(
                numbers,
                () => new GeneratorSource<long>(numbers.Length, static number => number, splits: 3),
                new GeneratorSource<long>(1, static number => number) { RecordsPerSecond = -1 }
            )
        );
    }

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldPass_TestSource(string check)
    {
        TestSource<string> source = new(splits: 2);
        for (int i = 0; i < Lines.Length; i++)
        {
            source.Add(Lines[i], split: i % 2);
        }

        source.End();
        return RunAsync(check, new FixedSubject<string>(Lines, () => source));
    }

    [Theory]
    [InlineData(RawFault.SkipsTheFirst, "ShouldFindTheFirstRecord_WhenAPartitionIsNew")]
    [InlineData(RawFault.SkipsTheFirst, "ShouldReadEachRecordOnceAndInOrder_WhenReadToTheEnd")]
    [InlineData(RawFault.CoversTheFuture, "ShouldReadNothing_WhenARangeLiesBehindTheEnd")]
    [InlineData(RawFault.CoversTheFuture, "ShouldSayHowFarARangeIsCovered_WhenItIsReadInParts")]
    [InlineData(RawFault.FindsAnEndInsteadOfARecord, "ShouldFindTheLastRecord_FromAnyOffset")]
    [InlineData(RawFault.ForgetsPositions, "ShouldFindTheWayBackToAPosition_WhenASplitIsMadeOfIt")]
    [InlineData(RawFault.ForgetsPositions, "ShouldGoOnWhereItWas_WhenRestoredFromASnapshot")]
    [InlineData(RawFault.ForgetsStops, "ShouldFindTheWayBackToAPosition_WhenASplitIsMadeOfIt")]
    [InlineData(RawFault.ClearsTheBatch, "ShouldAppend_WhenRecordsAreInTheBatch")]
    [InlineData(RawFault.IgnoresCancellation, "ShouldObserveCancellation_WhenItLooksIntoTopics")]
    [InlineData(RawFault.NamesSplitsByOffset, "ShouldFindTheWayBackToAPosition_WhenASplitIsMadeOfIt")]
    [InlineData(RawFault.LosesTheLastOfARange, "ShouldGiveWhatTheReaderGives_WhenReadRaw")]
    [InlineData(RawFault.MixesPartitions, "ShouldGiveWhatTheReaderGives_WhenReadRaw")]
    [InlineData(RawFault.HidesAPartition, "ShouldNameItsSplits_AsTheEnumeratorDoes")]
    [InlineData(RawFault.DoubtsItsPositions, "ShouldAcceptItsPositions_WhenTheyAreValidated")]
    [InlineData(RawFault.RejectsItself, "ShouldFindNothingWrong_WhenTheDeclarationIsRight")]
    [InlineData(RawFault.NamesNoTopic, "ShouldNameTheSameTopics_WhenDeclaredAgain")]
    public Task ShouldFail_WhenAPartOfARawSourceIsWrong(object fault, string check) =>
        FailsAsync(check, new MemoryLogSubject(log => new MemoryLogSource(log, fault: (RawFault)fault)));

    [Theory]
    [InlineData(SourceFault.ReadsTwice, "ShouldReadEachRecordOnceAndInOrder_WhenReadToTheEnd")]
    [InlineData(SourceFault.ReadsBackwards, "ShouldReadEachRecordOnceAndInOrder_WhenReadToTheEnd")]
    [InlineData(SourceFault.SaysFallingOffsets, "ShouldReadEachRecordOnceAndInOrder_WhenReadToTheEnd")]
    [InlineData(SourceFault.SnapshotsAhead, "ShouldGoOnWhereItWas_WhenRestoredFromASnapshot")]
    [InlineData(SourceFault.SnapshotsBehind, "ShouldGoOnWhereItWas_WhenRestoredFromASnapshot")]
    [InlineData(SourceFault.SnapshotsBehind, "ShouldKeepItsPlace_WhenASnapshotIsTakenAndReadingGoesOn")]
    [InlineData(SourceFault.SnapshotsBehind, "ShouldGoOnWhereItWas_WhenRestoredAgainAndAgain")]
    [InlineData(SourceFault.ForgetsSplitsInSnapshots, "ShouldGiveTheSameSnapshot_WhenNothingWasRead")]
    [InlineData(SourceFault.ForgetsSplitsInSnapshots, "ShouldGoOnWhereItWas_WhenRestoredFromASnapshot")]
    [InlineData(SourceFault.IgnoresPauses, "ShouldReadNothingOfASplit_WhenItIsPaused")]
    [InlineData(SourceFault.NeverEnds, "ShouldEnd_OnlyWhenNoMoreSplitsCome")]
    [InlineData(SourceFault.EndsBeforeItIsTold, "ShouldEnd_OnlyWhenNoMoreSplitsCome")]
    [InlineData(SourceFault.ReleasesTwice, "ShouldEnd_OnlyWhenNoMoreSplitsCome")]
    [InlineData(SourceFault.HangsWhenDisposed, "ShouldStop_WhenDisposedWhileNothingComes")]
    [InlineData(SourceFault.HangsWhenDisposed, "ShouldStop_WhenDisposedBeforeAnythingIsRead")]
    [InlineData(SourceFault.HangsWhenDisposed, "ShouldStop_WhenTheRunEnds")]
    [InlineData(SourceFault.FindsOtherSplitsEachTime, "ShouldFindTheSameSplits_WhenAskedAgain")]
    [InlineData(SourceFault.ReadsAllSplitsInEachTask, "ShouldReadEachRecordOnce_WhenTwoTasksShareTheSplits")]
    [InlineData(SourceFault.ReadsAllSplitsInEachTask, "ShouldReadNothing_WhenItHasNoSplit")]
    [InlineData(SourceFault.AcceptsEverything, "ShouldSayWhatIsWrong_WhenTheDeclarationIs")]
    [InlineData(SourceFault.ReadsEveryTopic, "ShouldNameTheSameTopics_WhenDeclaredAgain")]
    public Task ShouldFail_WhenASourceIsWrong(object fault, string check) =>
        FailsAsync(check, new MemoryLogSubject(log => new FaultySource(new MemoryLogSource(log), (SourceFault)fault)));

    [Fact]
    public Task ShouldFail_WhenAnUnboundedSourceStopsAtWhatIsThere() =>
        FailsAsync(
            "ShouldReadWhatIsAddedLater_WhenUnbounded",
            new MemoryLogSubject(log => new FaultySource(
                new MemoryLogSource(log, Boundedness.ContinuousUnbounded),
                SourceFault.StopsAtWhatIsThere
            ))
        );

    [Fact]
    public async Task ShouldSayWhatThereIs_WhenACheckIsUnknown() =>
        await Assert.ThrowsAsync<ArgumentException>(() => RunAsync("ShouldFly", new MemoryLogSubject(log => new MemoryLogSource(log))));

    private static Task RunAsync<T>(string check, SourceUnderTest<T> subject) =>
        new SourceConformance<T>(_ => Task.FromResult(subject)).RunAsync(check, CancellationToken.None);

    private static Task FailsAsync(string check, SourceUnderTest<string> subject) =>
        Assert.ThrowsAsync<ConformanceException>(() =>
            new SourceConformance<string>(_ => Task.FromResult(subject)) { Patience = TimeSpan.FromSeconds(2) }.RunAsync(
                check,
                CancellationToken.None
            )
        );
}
