using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Millrace.Batches;
using Millrace.Operators.Windows;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Tests.Operators;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Windows;

public sealed class PreAggregationTests
{
    private static readonly KeySpec<int, (int Key, int Value)> Keys = new(
        static record => record.Key,
        KeyHashers.For<int>(),
        TypeSerializers.For<int>()
    );
    private static readonly TypeSerializer<List<int>> Lists = TypeSerializers.For<List<int>>();

    /// <summary>
    /// Any windows, any out-of-order input in ranges, watermarks between them that make some of it late, cut anywhere into any parallelism:
    /// what single records give, and as many dropped.
    /// </summary>
    [Property(MaxTest = 500)]
    public Property ShouldEqualSingleRecords_WhenRangesArePreAggregated() =>
        Prop.ForAll(
            Scenarios().ToArbitrary(),
            scenario =>
            {
                AlignedTimeWindows windows =
                    scenario.Slide == scenario.Size
                        ? TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(scenario.Size), TimeSpan.FromMilliseconds(scenario.Offset))
                        : SlidingEventTimeWindows.Of(
                            TimeSpan.FromMilliseconds(scenario.Size),
                            TimeSpan.FromMilliseconds(scenario.Slide),
                            TimeSpan.FromMilliseconds(scenario.Offset)
                        );
                using KeyedHarness<int, (int Key, int Value), string> single = Create(windows);
                using KeyedHarness<int, (int Key, int Value), string> combined = Create(windows);
                (long singleLate, long combinedLate) = (0, 0);
                foreach (Step step in scenario.Steps)
                {
                    if (step.Cut > 0)
                    {
                        (singleLate, combinedLate) = (singleLate + LateOf(single), combinedLate + LateOf(combined));
                        single.Restart(step.Cut);
                        combined.Restart(step.Cut);
                    }

                    single.PushAll(step.Records);
                    PushPartials(combined, windows, step.Records);
                    single.Watermark(step.Watermark);
                    combined.Watermark(step.Watermark);
                }

                string[] expected = [.. single.Values.Order(StringComparer.Ordinal)];
                string[] actual = [.. combined.Values.Order(StringComparer.Ordinal)];
                return (
                    expected.SequenceEqual(actual, StringComparer.Ordinal) && singleLate + LateOf(single) == combinedLate + LateOf(combined)
                ).Label(
                    $"expected {string.Join(' ', expected)} actual {string.Join(' ', actual)}, late {singleLate + LateOf(single)} and "
                        + $"{combinedLate + LateOf(combined)}"
                );
            }
        );

    [Theory]
    [InlineData(10, 10, 3, -7, -7, 3)]
    [InlineData(10, 5, 0, 12, 10, 15)]
    [InlineData(10, 4, 0, 5, 4, 6)]
    [InlineData(10, 4, 0, 6, 6, 8)]
    [InlineData(10, 4, 0, -1, -2, 0)]
    public void ShouldCutWhereTheWindowsOfATimestampChange_WhenSliced(int size, int slide, int offset, int timestamp, int start, int end)
    {
        AlignedTimeWindows windows = SlidingEventTimeWindows.Of(
            TimeSpan.FromMilliseconds(size),
            TimeSpan.FromMilliseconds(slide),
            TimeSpan.FromMilliseconds(offset)
        );

        Assert.Equal((start, end), windows.SliceOf(timestamp));
        Assert.Equal(WindowsOf(timestamp), WindowsOf(start));
        Assert.Equal(WindowsOf(timestamp), WindowsOf(end - 1));
        Assert.NotEqual(WindowsOf(timestamp), WindowsOf(end));

        List<TimeWindow> WindowsOf(long time)
        {
            List<TimeWindow> found = [];
            windows.Assign(time, found);
            return found;
        }
    }

    /// <summary>The format that travels between tasks of two builds during a deployment.</summary>
    [Fact]
    public void ShouldWriteTheSameBytes_WhenRecordsAreTheSame()
    {
        PreAggregator<(int Key, int Value)> aggregator = AggregatorOf(TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(10)));
        DataWriter bytes = new();
        for (int i = 0; i < 2; i++)
        {
            aggregator.Add(BatchOf([((1, 5), 12), ((2, 6), 3), ((1, 7), 19), ((1, 8), 4)]));
            bytes.Clear();
            aggregator.WriteTo(bytes);
            aggregator.Clear();

            // Slice 0, 2 keys: key 2, 1 record, [6]; key 1, 1 record, [8]. Slice 10, 1 key: key 1, 2 records, [5, 7].
            Assert.Equal("00020401020C0201021014010202030A0E", Convert.ToHexString(bytes.WrittenSpan));
            Assert.True(aggregator.IsEmpty);
        }
    }

    [Fact]
    public void ShouldAllocateNothing_WhenRecordsAreCombined()
    {
        KeySpec<long, long> keys = new(static value => value % 100, KeyHashers.For<long>(), TypeSerializers.For<long>());
        PreAggregator<long> aggregator = new WindowPreAggregation<long, long, Reduced<long>, long>(
            TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(50)),
            static () => new ReducingAggregate<long>(static (left, right) => left + right),
            keys,
            TypeSerializers.For<Reduced<long>>()
        ).CreateAggregator();
        KeyedBatch<long, long> batch = new(512);
        for (int i = 0; i < batch.Capacity; i++)
        {
            batch.Add(keys.Selector(i), keys.Hasher.Hash(keys.Selector(i)), i, i);
        }

        // The first batches grow tables and compile code.
        for (int i = 0; i < 50; i++)
        {
            aggregator.Add(batch);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++)
        {
            aggregator.Add(batch);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void ShouldNameRemedy_WhenRecordHasNoTimestamp()
    {
        PreAggregator<(int Key, int Value)> aggregator = AggregatorOf(TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(10)));

        InvalidOperationException error = Assert.ThrowsAny<InvalidOperationException>(() =>
            aggregator.Add(BatchOf([((1, 5), RecordBatch.NoTimestamp)]))
        );
        Assert.Contains("timestamp assigner", error.Message, StringComparison.Ordinal);
    }

    private static Gen<Scenario> Scenarios() =>
        from size in Gen.Choose(1, 20)
        from tumbling in Gen.Elements(true, false)
        from slide in Gen.Choose(1, size)
        from multiple in Gen.Elements(true, false)
        let step = tumbling ? size
        : multiple ? Enumerable.Range(1, slide).Last(n => size % n == 0)
        : slide
        from offset in Gen.Choose(0, step - 1)
        from steps in Steps().ListOf()
        select new Scenario(size, step, offset, [.. steps]);

    private static Gen<Step> Steps() =>
        from records in (
            from timestamp in Gen.Choose(-20, 60)
            from key in Gen.Choose(0, 5)
            from value in Gen.Choose(0, 99)
            select ((key, value), (long)timestamp)
        ).ListOf()
        from watermark in Gen.Choose(-20, 70)
        from cut in Gen.Elements(0, 0, 1, 2, 3)
        select new Step([.. records], watermark, cut);

    // The operators that the API would choose.
    private static KeyedHarness<int, (int Key, int Value), string> Create(AlignedTimeWindows windows)
    {
        CollectAggregate aggregate = new(isCommutative: windows.Slide < windows.Size);
        SelectingWindowFunction<int, TimeWindow, List<int>, string> emitter = new(
            (key, window, values) => Describe(windows, key, window, values)
        );
        return new KeyedHarness<int, (int Key, int Value), string>(
            () =>
                SlicedWindowOperator<int, (int Key, int Value), List<int>, List<int>, string>.Suits(windows)
                    ? new SlicedWindowOperator<int, (int Key, int Value), List<int>, List<int>, string>(
                        new AlignedWindowSpec<int, (int Key, int Value), List<int>, List<int>, string>(
                            windows,
                            aggregate,
                            emitter,
                            TimeSpan.Zero,
                            LateTag: null,
                            Keys.Hasher,
                            Keys.Serializer,
                            Lists
                        )
                    )
                    : new WholeWindowOperator<int, (int Key, int Value), List<int>, List<int>, string>(
                        new AlignedWindowSpec<int, (int Key, int Value), List<int>, List<int>, string>(
                            windows,
                            aggregate,
                            emitter,
                            TimeSpan.Zero,
                            LateTag: null,
                            Keys.Hasher,
                            Keys.Serializer,
                            Lists
                        )
                    ),
            Keys.Selector
        );
    }

    // Records of different slices lose their order, those of one slice keep it.
    private static string Describe(AlignedTimeWindows windows, int key, TimeWindow window, List<int> values) =>
        $"{key}{window}:{string.Join(',', windows.Slide == windows.Size ? values : values.Order())}";

    private static long LateOf(KeyedHarness<int, (int Key, int Value), string> harness) =>
        harness.Tasks.Sum(task =>
            ((AlignedWindowOperator<int, (int Key, int Value), List<int>, List<int>, string>)task).LateRecordsDropped
        );

    private static PreAggregator<(int Key, int Value)> AggregatorOf(AlignedTimeWindows windows) =>
        new WindowPreAggregation<int, (int Key, int Value), List<int>, List<int>>(
            windows,
            () => new CollectAggregate(),
            Keys,
            Lists
        ).CreateAggregator();

    private static void PushPartials(
        KeyedHarness<int, (int Key, int Value), string> harness,
        AlignedTimeWindows windows,
        ((int Key, int Value) Value, long Timestamp)[] records
    )
    {
        for (int task = 0; task < harness.Tasks.Count; task++)
        {
            PreAggregator<(int Key, int Value)> aggregator = AggregatorOf(windows);
            aggregator.Add(
                BatchOf([
                    .. records.Where(record =>
                        KeyGroups.TaskOf(KeyGroups.KeyGroupOf(Keys.Hasher.Hash(record.Value.Key), 16), 16, harness.Tasks.Count) == task
                    ),
                ])
            );
            DataWriter payload = new();
            aggregator.WriteTo(payload);
            ((IPreAggregatedInput)harness.Tasks[task]).OnPartials(payload.WrittenSpan);
        }
    }

    private static KeyedBatch<int, (int Key, int Value)> BatchOf(((int Key, int Value) Value, long Timestamp)[] records)
    {
        KeyedBatch<int, (int Key, int Value)> batch = new(Math.Max(1, records.Length));
        foreach (((int Key, int Value) value, long timestamp) in records)
        {
            batch.Add(value.Key, Keys.Hasher.Hash(value.Key), value, timestamp);
        }

        return batch;
    }

    public sealed record Scenario(int Size, int Slide, int Offset, Step[] Steps);

    public sealed record Step(((int Key, int Value) Value, long Timestamp)[] Records, long Watermark, int Cut);
}
