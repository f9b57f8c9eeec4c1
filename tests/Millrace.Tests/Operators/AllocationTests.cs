using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Batches;
using Millrace.Operators;
using Millrace.Operators.Process;
using Millrace.Operators.Windows;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Operators;

/// <summary>Operators allocate nothing per record, once their tables have grown.</summary>
public sealed class AllocationTests
{
    private const int Records = 512;
    private static readonly IKeyHasher<long> Hasher = KeyHashers.For<long>();
    private static readonly TypeSerializer<long> Numbers = TypeSerializers.For<long>();

    public static TheoryData<string> Operators => ["map", "filter", "flatMap", "keyedReduce", "tumbling", "sliding", "sliced"];

    [Theory]
    [MemberData(nameof(Operators))]
    public void ShouldAllocateNothing_WhenBatchesFlow(string name)
    {
        OneInputOperator<long, long> subject = Create(name);
        subject.Output = new OperatorOutput<long>(DiscardingInput<long>.Instance, Records);
        subject.Setup(
            new OperatorContext("job", name, name, 0, 1, 128, Records, TimeProvider.System, null!, NullLoggerFactory.Instance, default)
        );
        subject.Open(restored: null);
        KeyedBatch<long, long> batch = new(Records);
        for (int i = 0; i < Records; i++)
        {
            batch.Add(i % 100, Hasher.Hash(i % 100), i, i);
        }

        // The first batches grow tables; code that is compiled anew in the midst of a round, whenever that is, leaves the next one alone.
        const int Rounds = 20;
        long least = long.MaxValue;
        for (int round = 0; round < Rounds && least > 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 50; i++)
            {
                subject.OnBatch(batch);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
        subject.Dispose();
    }

    private static OneInputOperator<long, long> Create(string name) =>
        name switch
        {
            "map" => new MapOperator<long, long>(static x => x + 1),
            "filter" => new FilterOperator<long>(static x => (x & 1) == 0),
            "flatMap" => new FlatMapOperator<long, long>(static (x, output) => output.Collect(x)),
            "keyedReduce" => new KeyedReduceOperator<long, long>(static (left, right) => left + right, Hasher, Numbers, Numbers),
            "tumbling" => Window(TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(Records))),
            "sliding" => Window(SlidingEventTimeWindows.Of(TimeSpan.FromMilliseconds(Records), TimeSpan.FromMilliseconds(Records / 4))),
            "sliced" => new SlicedWindowOperator<long, long, Reduced<long>, long, long>(
                new AlignedWindowSpec<long, long, Reduced<long>, long, long>(
                    SlidingEventTimeWindows.Of(TimeSpan.FromMilliseconds(Records), TimeSpan.FromMilliseconds(Records / 4)),
                    new ReducingAggregate<long>(static (left, right) => left + right),
                    new PassingWindowFunction<long, TimeWindow, long>(),
                    TimeSpan.Zero,
                    LateTag: null,
                    Hasher,
                    Numbers,
                    TypeSerializers.For<Reduced<long>>()
                )
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such operator."),
        };

    private static WholeWindowOperator<long, long, Reduced<long>, long, long> Window(AlignedTimeWindows windows) =>
        new(
            new AlignedWindowSpec<long, long, Reduced<long>, long, long>(
                windows,
                new ReducingAggregate<long>(static (left, right) => left + right),
                new PassingWindowFunction<long, TimeWindow, long>(),
                TimeSpan.Zero,
                LateTag: null,
                Hasher,
                Numbers,
                TypeSerializers.For<Reduced<long>>()
            )
        );
}
