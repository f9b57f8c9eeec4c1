using Millrace.Operators.Patterns;
using Millrace.Patterns;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Tests.Operators;
using Xunit;

namespace Millrace.Tests.Patterns;

/// <summary>
/// Checkpoints of partial matches: their bytes, their way into other tasks, and their refusal where the pattern has another shape.
/// </summary>
public sealed class PatternStateFormatTests
{
    private const int GoldenGroup = 14;

    private const string GoldenSchema =
        "024E537472696374206C6F777B312C317D202D3E2052656C61786564202853747269637420686967687B312C317D297B312C7D2052656C6178656420"
        + "2D3E2052656C6178656420656E647B312C317D0106696E74363406696E743634000106696E74363406696E74363400";

    private const string GoldenKeys = "01000601F02E180302A01F1600D00F020488270403000001010100000002030201D00F000301D00F00010288270400";

    /// <summary>Numbers below 10 begin a match, those from 10 on repeat, 99 ends it.</summary>
    private static Pattern<long> Numbers =>
        Pattern
            .Begin<long>("low")
            .Where(value => value % 100 < 10)
            .FollowedBy(Pattern.Begin<long>("high").Where(value => value % 100 is >= 10 and < 99))
            .OneOrMore()
            .FollowedBy("end")
            .Where(value => value % 100 == 99)
            .Within(TimeSpan.FromSeconds(10));

    [Fact]
    public void ShouldBeTheGoldenBytes_WhenSnapshotIsTaken()
    {
        using KeyedHarness<long, long, string> harness = Harness(Numbers);
        harness.Push(1, 1_000);
        harness.Push(11, 2_000);
        harness.Push(2, 2_500);
        harness.Watermark(2_600);
        harness.Push(12, 3_000);
        MemorySnapshot snapshot = harness.Snapshot();
        (string _, int group, byte[] data) = Assert.Single(snapshot.Keyed);
        Assert.Equal(GoldenGroup, group);
        Assert.Equal(
            GoldenSchema,
            Convert.ToHexString(
                snapshot.ReaderOf(new KeyGroupRange(0, KeyedHarness<long, long, string>.MaxParallelism)).Sections("patterns.schema")[0].Span
            )
        );
        Assert.Equal(GoldenKeys, Convert.ToHexString(data));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ShouldGoOn_WhenGoldenBytesAreRestored(int parallelism)
    {
        using KeyedHarness<long, long, string> harness = Harness(Numbers);
        MemorySnapshot snapshot = new();
        MemorySnapshot.TaskWriter writer = snapshot.CreateWriter();
        writer.Section("patterns.schema").WriteRaw(Convert.FromHexString(GoldenSchema));
        writer.KeyGroupSection("patterns", GoldenGroup).WriteRaw(Convert.FromHexString(GoldenKeys));
        writer.End();
        harness.Watermark(2_600);
        harness.Restart(parallelism, snapshot);
        harness.Push(99, 4_000);
        harness.Watermark(5_000);
        Assert.Equal(["1 11 12 99", "1 11 99", "2 12 99"], harness.Values.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(3, 2)]
    [InlineData(2, 1)]
    public void ShouldKeepEveryKey_WhenParallelismChanges(int before, int after)
    {
        using KeyedHarness<long, long, string> harness = Harness(Numbers, before);
        for (long key = 0; key < 30; key++)
        {
            harness.Push((key * 100) + 1, 1_000);
            harness.Push((key * 100) + 11, 2_000);
        }

        harness.Watermark(1_500);
        harness.Restart(after);
        harness.Watermark(2_500);
        harness.Restart(before);
        for (long key = 0; key < 30; key++)
        {
            harness.Push((key * 100) + 99, 3_000);
        }

        harness.Watermark(3_500);
        Assert.Equal(
            Enumerable.Range(0, 30).Select(key => $"{(key * 100) + 1} {(key * 100) + 11} {(key * 100) + 99}").Order(StringComparer.Ordinal),
            harness.Values.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void ShouldBeRefused_WhenPatternHasAnotherShape()
    {
        using KeyedHarness<long, long, string> harness = Harness(Numbers);
        harness.Push(1, 1_000);
        MemorySnapshot snapshot = harness.Snapshot();
        Pattern<long> other = Numbers.FollowedBy("more");
        StateMigrationException error = Assert.Throws<StateMigrationException>(() => Operator(other, snapshot));
        Assert.Contains("Relaxed (Strict high{1,1}){1,} Relaxed -> Relaxed end{1,1}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("-> Relaxed more{1,1}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("another uid", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldGoOn_WhenConditionsAndTimesHaveChanged()
    {
        using KeyedHarness<long, long, string> harness = Harness(Numbers);
        harness.Push(1, 1_000);
        harness.Push(11, 2_000);
        harness.Watermark(2_500);
        Pattern<long> other = Pattern
            .Begin<long>("low")
            .Where(value => value % 100 < 5)
            .FollowedBy(Pattern.Begin<long>("high").Where(value => value % 100 is >= 10 and < 90))
            .OneOrMore(TimeSpan.FromSeconds(5))
            .Within(TimeSpan.FromSeconds(5), WithinType.PreviousAndCurrent)
            .FollowedBy("end")
            .Where(value => value % 100 == 90)
            .Within(TimeSpan.FromSeconds(2), WithinType.PreviousAndCurrent)
            .Within(TimeSpan.FromSeconds(20));
        using KeyedHarness<long, long, string> next = Harness(other);
        next.Watermark(2_500);
        next.Restart(2, harness.Snapshot());
        next.Push(90, 3_900);
        next.Watermark(4_000);
        Assert.Equal(["1 11 90"], next.Values);
    }

    private static KeyedHarness<long, long, string> Harness(Pattern<long> pattern, int parallelism = 1) =>
        new(() => Create(pattern), value => value / 100, parallelism);

    private static PatternOperator<long, long, string> Create(Pattern<long> pattern) =>
        new(
            AutomatonCompiler<long>.Compile(pattern),
            new SelectingPatternFunction<long, string>(match => string.Join(' ', match.Events)),
            null,
            null,
            false,
            KeyHashers.For<long>(),
            TypeSerializers.For<long>(),
            TypeSerializers.For<long>()
        );

    private static void Operator(Pattern<long> pattern, MemorySnapshot snapshot)
    {
        using KeyedHarness<long, long, string> harness = Harness(pattern);
        harness.Restart(1, snapshot);
    }
}
