using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Runtime;
using Millrace.UserFunctions;
using Xunit;

namespace Millrace.Tests.Runtime;

/// <summary>Barriers through a side output, two branches of different speed and a union, restored with other parallelisms.</summary>
public sealed class DiamondRescaleTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly OutputTag<long> Odd = new("odd");

    [Theory]
    [InlineData(2, 3)]
    [InlineData(6, 1)]
    public async Task ShouldLoseAndDoubleNothing_WhenDiamondIsRestoredWithOtherParallelism(int before, int after)
    {
        InMemoryObjectStore store = new();
        CollectSink<long> first = new();
        await using JobClient stopped = Diamond(first, store, before, savepoint: null).ExecuteDetached("diamond");
        await UntilAsync(() => first.Records.Count > 1000);
        string savepoint = await stopped.StopWithSavepointAsync().WaitAsync(Deadline);

        CollectSink<long> second = new();
        await using JobClient restored = Diamond(second, store, after, savepoint).ExecuteDetached("diamond");
        await UntilAsync(() => second.Records.Count > 1000);
        await restored.StopWithSavepointAsync().WaitAsync(Deadline);

        long[] all = [.. first.Records.Concat(second.Records).Order()];
        Assert.Equal(all.Distinct(), all);
        foreach (IGrouping<long, long> split in all.GroupBy(number => number % Splits))
        {
            Assert.Equal(Enumerable.Range(0, split.Count()).Select(n => split.Key + (n * Splits)), split);
        }
    }

    private const long Splits = 4;

    private static StreamExecutionEnvironment Diamond(CollectSink<long> sink, InMemoryObjectStore store, int parallelism, string? savepoint)
    {
        StreamExecutionEnvironment env = new(
            new ExecutionOptions
            {
                BatchSize = 8,
                RestoreFrom = savepoint,
                CheckpointInterval = TimeSpan.FromMilliseconds(3),
                RestartStrategy = RestartStrategy.None,
            }
        )
        {
            CheckpointStore = store,
        };
        GeneratorSource<long> numbers = new(long.MaxValue, n => n, (int)Splits) { RecordsPerSecond = 20_000 };
        SingleOutputStreamOperator<long> even = env.FromSource(numbers, name: "numbers")
            .WithUid("numbers")
            .SetParallelism(parallelism)
            .Process(new Split())
            .SetParallelism(parallelism);
        DataStream<long> slow = even.GetSideOutput(Odd)
            .Rebalance()
            .Map(x => x)
            .SetParallelism(2)
            .Rebalance()
            .Map(x => x)
            .SetParallelism(parallelism);
        even.Union(slow)
            .KeyBy(x => x % 7)
            .Reduce((_, latest) => latest)
            .WithUid("latest")
            .SetParallelism(parallelism)
            .SinkTo(sink)
            .SetParallelism(2);
        return env;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource deadline = new(Deadline);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
        }
    }

    private sealed class Split : ProcessFunction<long, long>
    {
        public override void ProcessElement(long value, IProcessContext context, Collector<long> output)
        {
            if (value % 2 == 0)
            {
                output.Collect(value);
            }
            else
            {
                context.Output(Odd, value);
            }
        }
    }
}
