using Millrace.Api;
using Millrace.Runtime;
using Millrace.Testing;
using Millrace.UserFunctions;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Copying;

/// <summary>
/// A function may change the record it was given: no other branch, window, task or state sees it, as by default in Flink.
/// </summary>
public sealed class SharedRecordTests
{
    private static readonly OutputTag<Amount> Side = new("side");

    [Theory]
    [InlineData("chained")]
    [InlineData("rebalanced")]
    [InlineData("broadcast")]
    [InlineData("side output")]
    [InlineData("union")]
    public void ShouldNotSeeChanges_WhenAnotherBranchMakesThem(string kind)
    {
        ExecutionOptions options = new() { Parallelism = kind == "broadcast" ? 2 : 1 };
        List<string> values = Run(
            stream =>
            {
                DataStream<Amount> shared = kind == "side output" ? stream.Process(new ToSide()).GetSideOutput(Side) : stream;
                shared = kind switch
                {
                    "rebalanced" => shared.Rebalance(),
                    "broadcast" => shared.Broadcast(),
                    _ => shared,
                };
                DataStream<Amount> changed = shared.Map(Times100);
                DataStream<Amount> plain = kind == "union" ? shared.Union(shared).Map(Times100) : shared.Map(Times100);
                return changed.Map(amount => $"a{amount.Value}").Union(plain.Map(amount => $"b{amount.Value}"));
            },
            options
        );

        int copies = kind == "broadcast" ? 2 : 1;
        string[] expected =
        [
            .. Repeat(["a100", "a200", "a300"], copies),
            .. Repeat(["b100", "b200", "b300"], kind == "union" ? 2 : copies),
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), values.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("process")]
    [InlineData("reduce")]
    [InlineData("evicting")]
    public void ShouldNotSeeChanges_WhenAnotherWindowMakesThem(string kind)
    {
        List<string> values = Run(stream =>
        {
            WindowedStream<int, Amount, TimeWindow> windows = stream
                .KeyBy(_ => 0)
                .Window(SlidingEventTimeWindows.Of(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(10)));
            return kind == "reduce"
                ? windows.Reduce(AddToLeft).Map(amount => $"{amount.Value}")
                : (kind == "evicting" ? windows.Evictor(CountEvictor.Of(10)) : windows).Apply<string>(
                    (_, _, all, output) => output.Collect($"{all.Sum(amount => Times100(amount).Value)}")
                );
        });

        // Records at 1, 2 and 3 ms: all are in the windows [-10, 10) and [0, 20).
        Assert.Equal(kind == "reduce" ? ["6", "6"] : ["600", "600"], values);
    }

    [Fact]
    public void ShouldEmitEachSum_WhenTheReducerChangesItsLeftRecord() =>
        Assert.Equal(["1", "3", "6"], Run(stream => stream.KeyBy(_ => 0).Reduce(AddToLeft).Map(amount => $"{amount.Value}")));

    [Fact]
    public void ShouldKeepState_WhenAResultIsChangedBehindIt() =>
        Assert.Equal(
            ["100", "300", "600"],
            Run(stream => stream.KeyBy(_ => 0).Reduce(AddToLeft).Map(Times100).Map(amount => $"{amount.Value}"))
        );

    [Fact]
    public void ShouldEmitEachState_WhenAFunctionUsesOneObjectAgain() =>
        Assert.Equal(
            ["1", "2", "3"],
            Run(stream =>
            {
                Amount holder = new();
                return stream
                    .Map(amount =>
                    {
                        holder.Value = amount.Value;
                        return holder;
                    })
                    .Map(amount => $"{amount.Value}");
            })
        );

    [Fact]
    public void ShouldReadTheSameRecordsAgain_WhenAJobChangedThem()
    {
        Amount[] amounts = [new() { Value = 1 }];
        TestSink<int> sink = new();
        using JobTestDriver driver = JobTestDriver.Start(env =>
            env.FromCollection(amounts).Map(Times100).Map(amount => amount.Value).SinkTo(sink)
        );
        driver.RunToEnd();

        Assert.Equal([100], sink.Values);
        Assert.Equal(1, amounts[0].Value);
    }

    [Fact]
    public void ShouldShareObjects_WhenObjectReuseIsEnabled()
    {
        List<Amount> seen = [];
        Run(
            stream =>
            {
                stream.Map(amount => Keep(seen, amount)).SinkTo(new TestSink<int>());
                return stream.Map(amount => $"{Keep(seen, amount)}");
            },
            new ExecutionOptions { ObjectReuse = true }
        );

        Assert.Equal(3, seen.Distinct(ReferenceEqualityComparer.Instance).Count());
    }

    [Fact]
    public void ShouldWarn_WhenRecordsCanNeitherBeSharedNorCopied()
    {
        StreamExecutionEnvironment env = new();
        SingleOutputStreamOperator<Holder> holders = env.FromElements(1).Map(number => new Holder(new HttpClient()) { Number = number });
        holders.Map(holder => holder.Number).SinkTo(new TestSink<int>());
        holders.Map(holder => $"{holder.Client.Timeout}").SinkTo(new TestSink<string>());

        string warning = Assert.Single(env.GetJobGraph("warned").Warnings);
        Assert.Contains("2 operators read 'Map', whose records of type Holder", warning, StringComparison.Ordinal);
    }

    private static int Keep(List<Amount> seen, Amount amount)
    {
        seen.Add(amount);
        return amount.Value;
    }

    private static Amount Times100(Amount amount)
    {
        amount.Value *= 100;
        return amount;
    }

    private static Amount AddToLeft(Amount left, Amount right)
    {
        left.Value += right.Value;
        return left;
    }

    private static IEnumerable<string> Repeat(string[] values, int times) => Enumerable.Repeat(values, times).SelectMany(each => each);

    private static List<string> Run(Func<DataStream<Amount>, DataStream<string>> declare, ExecutionOptions? options = null)
    {
        TestSource<Amount> source = new();
        TestSink<string> sink = new();
        using JobTestDriver driver = JobTestDriver.Start(
            env => declare(env.FromSource(source, source.Watermarks).SetParallelism(1)).SinkTo(sink).SetParallelism(1),
            new JobTestOptions { Execution = options ?? new ExecutionOptions { Parallelism = 1 } }
        );
        for (int i = 1; i <= 3; i++)
        {
            source.Add(new Amount { Value = i }, i);
        }

        source.End();
        driver.RunToEnd();
        return [.. sink.Values];
    }

    private sealed class Amount
    {
        public int Value { get; set; }
    }

    private sealed class Holder(HttpClient client)
    {
        public HttpClient Client { get; } = client;

        public int Number { get; set; }
    }

    private sealed class ToSide : ProcessFunction<Amount, Amount>
    {
        public override void ProcessElement(Amount value, IProcessContext context, Collector<Amount> output) => context.Output(Side, value);
    }
}
