using Millrace.Api;
using Millrace.Testing;
using Xunit;

namespace Millrace.Tests.Operators;

/// <summary>Rolling reductions: what each record adds up to with the earlier ones of its key.</summary>
public sealed class RollingOperatorTests
{
    private static readonly StreamRecord<Reading>[] Readings =
    [
        new(new("a", 5, 1), 10),
        new(new("b", 7, 2), 11),
        new(new("a", 2, 3), 12),
        new(new("a", 5, 4), 9),
        new(new("b", 7, 5), 13),
        new(new("a", 9, 6), 14),
        new(new("b", 1, 7), 15),
    ];

    public static TheoryData<bool, int> Runs =>
        new()
        {
            { false, 1 },
            { true, 1 },
            { false, 3 },
            { true, 3 },
        };

    [Theory]
    [MemberData(nameof(Runs))]
    public void ShouldEmitWhatItHasReduced_WithEveryRecord(bool restores, int parallelism) =>
        Check(
            keyed =>
                keyed
                    .Reduce((left, right) => new Reading(left.Key, left.Value + right.Value, right.Id))
                    .WithUid("reduce")
                    .Map(reading => $"{reading.Key}{reading.Value}#{reading.Id}"),
            restores,
            parallelism,
            ["a5#1@10", "a7#3@12", "a12#4@9", "a21#6@14", "b7#2@11", "b14#5@13", "b15#7@15"]
        );

    [Theory]
    [MemberData(nameof(Runs))]
    public void ShouldEmitTheSum_WithEveryRecord(bool restores, int parallelism) =>
        Check(
            keyed => keyed.Sum(reading => (long)reading.Value).WithUid("sum").Map(sum => $"{sum.Key}{sum.Value}"),
            restores,
            parallelism,
            ["a5@10", "a7@12", "a12@9", "a21@14", "b7@11", "b14@13", "b15@15"]
        );

    [Theory]
    [MemberData(nameof(Runs))]
    public void ShouldEmitTheFirstSmallest_WithEveryRecord(bool restores, int parallelism) =>
        Check(
            keyed => keyed.MinBy(reading => reading.Value).WithUid("min").Map(reading => $"{reading.Key}#{reading.Id}"),
            restores,
            parallelism,
            ["a#1@10", "a#3@12", "a#3@9", "a#3@14", "b#2@11", "b#2@13", "b#7@15"]
        );

    [Theory]
    [MemberData(nameof(Runs))]
    public void ShouldEmitTheFirstLargest_WithEveryRecord(bool restores, int parallelism) =>
        Check(
            keyed => keyed.MaxBy(reading => reading.Value).WithUid("max").Map(reading => $"{reading.Key}#{reading.Id}"),
            restores,
            parallelism,
            ["a#1@10", "a#1@12", "a#1@9", "a#6@14", "b#2@11", "b#2@13", "b#2@15"]
        );

    private static void Check(
        Func<KeyedStream<string, Reading>, DataStream<string>> declare,
        bool restores,
        int parallelism,
        string[] expected
    )
    {
        using OperatorHarness<Reading, string> harness = OperatorHarness.ForKeyed(
            reading => reading.Key,
            declare,
            new HarnessOptions { RestoresBetweenSteps = restores, Parallelism = parallelism }
        );
        foreach (StreamRecord<Reading> reading in Readings)
        {
            harness.ProcessElements(reading);
        }

        // The order holds per key.
        Assert.Equal(expected, harness.Output.Select(record => record.ToString()).OrderBy(text => text[0]));
    }

    public sealed record Reading(string Key, int Value, int Id);
}
