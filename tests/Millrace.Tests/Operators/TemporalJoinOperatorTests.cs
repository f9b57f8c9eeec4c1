using FsCheck.Xunit;
using Millrace.Operators;
using Millrace.Operators.Joins;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Operators;

public sealed class TemporalJoinOperatorTests
{
    private const string LateTag = "late";

    [Property(MaxTest = 400)]
    public void ShouldAgreeWithModel_WhenInputIsOutOfOrderAndCutAnywhere(
        (byte Kind, byte Key, byte Time)[] steps,
        byte validity,
        bool isOuter
    )
    {
        long? validFor = validity % 3 == 0 ? 1 + (validity % 40) : null;
        TemporalJoinModel model = new(validFor, isOuter);
        List<(Left Value, long Timestamp)> late = [];
        using TwoInputHarness<int, Left, Version, (int, int?)> harness = Harness(Spec(isOuter, validFor, LateTag), late);
        long watermark = 0;
        model.Watermark(0);
        harness.Watermark(0);
        for (int i = 0; i < steps.Length; i++)
        {
            (byte kind, byte key, byte time) = steps[i];
            long timestamp = time % 100;
            switch (kind % 8)
            {
                case 6:
                    watermark += time % 15;
                    model.Watermark(watermark);
                    harness.Watermark(watermark);
                    break;
                case 7:
                    harness.Restart(1 + (time % 4));
                    break;
                case 0 or 1 or 2:
                    model.Left(key % 3, i, timestamp);
                    harness.PushFirst(new Left(key % 3, i), timestamp);
                    break;
                default:
                    model.Version(key % 3, i, kind % 5 == 0, timestamp);
                    harness.PushSecond(new Version(key % 3, i, kind % 5 == 0), timestamp);
                    break;
            }

            Assert.Equal(model.Results.Order(), Results(harness).Order());
        }

        model.Watermark(1_000);
        harness.Watermark(1_000);
        Assert.Equal(model.Results.Order(), Results(harness).Order());
        Assert.Equal(model.Late.Order(), late.Select(record => record.Value.Id).Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldWaitForBothSides_WhenOneIsBehind(bool restart)
    {
        using TwoInputHarness<int, Left, Version, (int, int?)> harness = Harness(Spec(isOuter: false, null, null));
        harness.PushSecond(new Version(1, 10, false), 100);
        harness.PushSecond(new Version(1, 20, false), 200);
        harness.PushFirst(new Left(1, 1), 150);
        harness.PushFirst(new Left(1, 2), 250);
        Restart(harness, restart);
        harness.Watermark(150);
        Assert.Equal([(1, 10, 150)], Results(harness));
        Restart(harness, restart);

        // The version that the second one needs comes later than the record itself.
        harness.PushSecond(new Version(1, 30, false), 240);
        harness.Watermark(300);

        Assert.Equal([(1, 10, 150), (2, 30, 250)], Results(harness));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldJoinWithWhatIsKept_WhenLeftRecordIsLate(bool restart)
    {
        using TwoInputHarness<int, Left, Version, (int, int?)> harness = Harness(Spec(isOuter: true, null, null));
        harness.PushSecond(new Version(1, 10, false), 100);
        harness.PushSecond(new Version(1, 20, false), 200);
        harness.Watermark(300);
        Restart(harness, restart);
        harness.PushFirst(new Left(1, 1), 250);
        harness.PushFirst(new Left(1, 2), 150);

        Assert.Equal([(1, 20, 250), (2, null, 150)], Results(harness));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldKeepNothing_WhenVersionsAreDeletedOrEnded(bool restart)
    {
        List<TemporalJoinOperator<int, Left, Version, (int, int?)>> tasks = [];
        using TwoInputHarness<int, Left, Version, (int, int?)> harness = Harness(Spec(isOuter: false, validFor: 50, null), tasks: tasks);
        for (int key = 0; key < 100; key++)
        {
            harness.PushSecond(new Version(key, 1, false), key);
            harness.PushSecond(new Version(key, 2, false), key + 10);
            harness.PushSecond(new Version(key, 3, key % 2 == 0), key + 20);
            harness.PushFirst(new Left(key, key), key + 15);
        }

        Restart(harness, restart);
        harness.Watermark(119);
        Assert.Equal(100, harness.Records.Count);
        Assert.Equal(25, tasks[^1].KeptKeys);
        harness.Watermark(169);

        Assert.Equal(0, tasks[^1].KeptKeys);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldJoinAtOnceWithTheLastVersion_WhenTimeIsProcessingTime(bool restart)
    {
        using TwoInputHarness<int, Left, Version, (int, int?)> harness = new(
            () =>
                new ProcessingTimeTemporalJoinOperator<int, Left, Version, (int, int?)>(
                    Spec(isOuter: true, null, null),
                    KeyHashers.For<int>(),
                    TypeSerializers.For<int>(),
                    TypeSerializers.For<Version>()
                ),
            left => left.Key,
            version => version.Key
        );
        harness.PushFirst(new Left(1, 1), 5);
        harness.PushSecond(new Version(1, 10, false), 900);
        harness.PushSecond(new Version(1, 20, false), 800);
        Restart(harness, restart);
        harness.PushFirst(new Left(1, 2), 6);
        harness.PushSecond(new Version(1, 30, true), 0);
        Restart(harness, restart);
        harness.PushFirst(new Left(1, 3), 7);

        Assert.Equal([(1, null, 5), (2, 20, 6), (3, null, 7)], Results(harness));
    }

    private static TemporalJoinSpec<Left, Version, (int Left, int? Version)> Spec(bool isOuter, long? validFor, string? lateTag) =>
        new(
            (left, version) => (left.Id, version.Id),
            isOuter ? left => (left.Id, null) : null,
            version => version.IsDelete,
            validFor,
            lateTag
        );

    private static TwoInputHarness<int, Left, Version, (int, int?)> Harness(
        TemporalJoinSpec<Left, Version, (int, int?)> spec,
        List<(Left Value, long Timestamp)>? late = null,
        List<TemporalJoinOperator<int, Left, Version, (int, int?)>>? tasks = null
    ) =>
        new(
            () =>
            {
                TemporalJoinOperator<int, Left, Version, (int, int?)> task = new(
                    spec,
                    KeyHashers.For<int>(),
                    TypeSerializers.For<int>(),
                    TypeSerializers.For<List<TimestampedValue<Left>>>(),
                    TypeSerializers.For<List<TimestampedValue<Version>>>()
                );
                task.SideOutputs.Add(LateTag, new OperatorOutput<Left>(new Captured<Left>(late ?? []), 8));
                tasks?.Add(task);
                return task;
            },
            left => left.Key,
            version => version.Key
        );

    private static void Restart(TwoInputHarness<int, Left, Version, (int, int?)> harness, bool restart)
    {
        if (restart)
        {
            harness.Restart(parallelism: 1);
        }
    }

    private static IEnumerable<(int Left, int? Version, long Time)> Results(
        TwoInputHarness<int, Left, Version, (int Left, int? Version)> harness
    ) => harness.Records.Select(record => (record.Value.Left, record.Value.Version, record.Timestamp));

    public sealed record Left(int Key, int Id);

    public sealed record Version(int Key, int Id, bool IsDelete);
}
