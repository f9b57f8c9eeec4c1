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

    // Version of the table, schemas of key and namespace; the pattern with the schema of its events; number of keys, keys.
    private const string Golden =
        "000106696E74363406696E7436340001077374727563740E566F69644E616D65737061636500"
        + "01087061747465726E107061727469616C206D617463686573014E537472696374206C6F777B312C317D202D3E2052656C61"
        + "786564202853747269637420686967687B312C317D297B312C7D2052656C61786564202D3E2052656C6178656420656E647B"
        + "312C317D06696E74363406696E743634000100000000"
        + "000601F02E180302A01F1600D00F020488270403000001010100000002030201D00F000301D00F00010288270400";

    // Of version 2: the pattern and the schemas of key and event; number of keys, keys.
    private const string SchemaBefore =
        "024E537472696374206C6F777B312C317D202D3E2052656C61786564202853747269637420686967687B312C317D297B312C7D2052656C6178656420"
        + "2D3E2052656C6178656420656E647B312C317D0106696E74363406696E743634000106696E74363406696E74363400";

    private const string KeysBefore = "01000601F02E180302A01F1600D00F020488270403000001010100000002030201D00F000301D00F00010288270400";

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
            "03",
            Convert.ToHexString(
                snapshot.ReaderOf(new KeyGroupRange(0, KeyedHarness<long, long, string>.MaxParallelism)).Sections("patterns.schema")[0].Span
            )
        );
        Assert.Equal(Golden, Convert.ToHexString(data));
    }

    [Theory]
    [InlineData(1, "03", Golden)]
    [InlineData(2, "03", Golden)]
    [InlineData(3, "03", Golden)]
    [InlineData(1, SchemaBefore, KeysBefore)]
    [InlineData(3, SchemaBefore, KeysBefore)]
    public void ShouldGoOn_WhenGoldenBytesAreRestored(int parallelism, string schema, string keys)
    {
        using KeyedHarness<long, long, string> harness = Harness(Numbers);
        harness.Watermark(2_600);
        harness.Restart(parallelism, Written(schema, keys));
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldBeRefused_WhenPatternHasAnotherShape(bool isBefore)
    {
        using KeyedHarness<long, long, string> harness = Harness(Numbers);
        harness.Push(1, 1_000);
        MemorySnapshot snapshot = isBefore ? Written(SchemaBefore, KeysBefore) : harness.Snapshot();
        Pattern<long> other = Numbers.FollowedBy("more");
        StateMigrationException error = Assert.Throws<StateMigrationException>(() => Operator(other, snapshot));
        Assert.Contains("Relaxed (Strict high{1,1}){1,} Relaxed -> Relaxed end{1,1}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("-> Relaxed more{1,1}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("another uid", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("04", Golden, "has state of format version 4 in the checkpoint, this Millrace reads 2 and 3")]
    [InlineData("01", KeysBefore, "has state of format version 1 in the checkpoint, this Millrace reads 2 and 3")]
    [InlineData("03", KeysBefore, "has partial matches in the checkpoint but no schema of them; the checkpoint is damaged")]
    public void ShouldBeRefused_WhenItIsOfNoVersionThatIsRead(string schema, string keys, string expected)
    {
        Exception error = Assert.ThrowsAny<Exception>(() => Operator(Numbers, Written(schema, keys)));
        Assert.Contains($"Pattern operator 'op' {expected}", error.Message, StringComparison.Ordinal);
    }

    /// <summary>On the function app a task that has had nothing to do has not written its state again.</summary>
    [Fact]
    public void ShouldGoOn_WhenTasksHaveWrittenDifferentVersions()
    {
        using KeyedHarness<long, long, string> harness = Harness(Numbers);
        for (long key = 1; key < 30; key++)
        {
            harness.Push((key * 100) + 1, 1_000);
            harness.Push((key * 100) + 11, 2_000);
        }

        harness.Watermark(2_600);
        MemorySnapshot snapshot = harness.Snapshot();
        Add(snapshot, SchemaBefore, KeysBefore);
        Assert.Contains(snapshot.Keyed, section => section.Group == GoldenGroup && section.Data[0] == 0);
        harness.Restart(2, snapshot);
        for (long key = 0; key < 30; key++)
        {
            harness.Push((key * 100) + 99, 4_000);
        }

        harness.Watermark(5_000);
        Assert.Equal(
            Enumerable
                .Range(1, 29)
                .Select(key => $"{(key * 100) + 1} {(key * 100) + 11} {(key * 100) + 99}")
                .Concat(["1 11 12 99", "1 11 99", "2 12 99"])
                .Order(StringComparer.Ordinal),
            harness.Values.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void ShouldReadEvents_WhenTheirTypeHasAnotherMember()
    {
        using KeyedHarness<string, Login, string> harness = Logins<Login>(
            Pattern.Begin<Login>("failed").Where(login => !login.Ok).FollowedBy("ok").Where(login => login.Ok),
            login => login.User
        );
        harness.Push(new Login("ada", Ok: false), 1_000);
        harness.Watermark(1_000);
        harness.Push(new Login("ada", Ok: true), 2_000);
        MemorySnapshot snapshot = harness.Snapshot();
        using KeyedHarness<string, LoginFrom, string> next = Logins<LoginFrom>(
            Pattern.Begin<LoginFrom>("failed").Where(login => !login.Ok).FollowedBy("ok").Where(login => login.Ok),
            login => login.User
        );
        next.Restart(2, snapshot);

        next.Watermark(3_000);

        Assert.Equal(["LoginFrom { User = ada, Ok = False, From =  } LoginFrom { User = ada, Ok = True, From =  }"], next.Values);
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

    private static MemorySnapshot Written(string schema, string keys)
    {
        MemorySnapshot snapshot = new();
        Add(snapshot, schema, keys);
        return snapshot;
    }

    private static void Add(MemorySnapshot snapshot, string schema, string keys)
    {
        MemorySnapshot.TaskWriter writer = snapshot.CreateWriter();
        writer.Section("patterns.schema").WriteRaw(Convert.FromHexString(schema));
        writer.KeyGroupSection("patterns", GoldenGroup).WriteRaw(Convert.FromHexString(keys));
        writer.End();
    }

    private static KeyedHarness<string, T, string> Logins<T>(Pattern<T> pattern, Func<T, string> user) =>
        new(
            () =>
                new PatternOperator<string, T, string>(
                    AutomatonCompiler<T>.Compile(pattern),
                    new SelectingPatternFunction<T, string>(match => string.Join(' ', match.Events)),
                    null,
                    null,
                    false,
                    KeyHashers.For<string>(),
                    TypeSerializers.For<string>(),
                    TypeSerializers.For<T>()
                ),
            user
        );

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

    /// <summary>A <see cref="Login"/> of a later version.</summary>
    private sealed record LoginFrom(string User, bool Ok, string? From = null);
}
