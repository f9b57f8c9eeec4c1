using Millrace.Api;
using Millrace.Durable.Tasks;
using Millrace.Graph;
using Millrace.Tests.Durable;
using Millrace.UserFunctions;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Api;

public sealed class PreAggregateTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static TheoryData<string> Refused =>
        ["process", "processing time", "trigger", "evictor", "lateness", "late output", "gaps", "sessions", "order", "all records"];

    [Theory]
    [MemberData(nameof(Refused))]
    public void ShouldSayWhyNot_WhenWindowNeedsSingleRecords(string what)
    {
        KeyedStream<string, string> words = new StreamExecutionEnvironment().FromElements("a", "b").KeyBy(static word => word);
        WindowedStream<string, string, TimeWindow> tumbling = words.Window(TumblingEventTimeWindows.Of(Second)).PreAggregate();
        Func<object> add = what switch
        {
            "process" => () => tumbling.Reduce(static (left, _) => left, new FirstOf()),
            "processing time" => () =>
                words.Window(TumblingProcessingTimeWindows.Of(Second)).PreAggregate().Reduce(static (left, _) => left),
            "trigger" => () => tumbling.Trigger(CountTrigger.Of(2)).Reduce(static (left, _) => left),
            "evictor" => () => tumbling.Evictor(CountEvictor.Of(2)).Reduce(static (left, _) => left),
            "lateness" => () => tumbling.AllowedLateness(Second).Reduce(static (left, _) => left),
            "late output" => () => tumbling.SideOutputLateData(new OutputTag<string>("late")).Reduce(static (left, _) => left),
            "gaps" => () => words.Window(SlidingEventTimeWindows.Of(Second, 2 * Second)).PreAggregate().Reduce(static (left, _) => left),
            "sessions" => () => words.Window(EventTimeSessionWindows.WithGap(Second)).PreAggregate().Reduce(static (left, _) => left),
            "order" => () => words.Window(SlidingEventTimeWindows.Of(2 * Second, Second)).PreAggregate().Reduce(static (left, _) => left),
            _ => () => tumbling.Process(new FirstOf()),
        };

        NotSupportedException error = Assert.Throws<NotSupportedException>(add);
        Assert.Contains("Leave out PreAggregate()", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldPlanTheSource_WhenAnEdgeIsPreAggregated()
    {
        Assert.Empty(DurableJobPlan.PreAggregatedEdges(Graph(static stream => stream, behindTasks: false)));
        JobGraph graph = Graph(static stream => stream.PreAggregate(), behindTasks: false);

        Assert.Equal(["source-kafka-clicks-1>count.0"], DurableJobPlan.PreAggregatedEdges(graph));
        Assert.True(DurableJobPlan.IsPlanned(graph.Stages[0]));
    }

    [Fact]
    public void ShouldBeRefusedOnTriggers_WhenRecordsComeFromKeyedTasks()
    {
        JobValidationException error = Assert.Throws<JobValidationException>(() =>
            new DurableJobPlan(Graph(static stream => stream.PreAggregate(), behindTasks: true), "job#1")
        );

        Assert.Contains("come from other keyed tasks", Assert.Single(error.Errors), StringComparison.Ordinal);
    }

    private static JobGraph Graph(
        Func<WindowedStream<string, Click, TimeWindow>, WindowedStream<string, Click, TimeWindow>> declare,
        bool behindTasks
    )
    {
        StreamExecutionEnvironment env = new();
        DataStream<Click> clicks = env.FromSource(new TextSource());
        clicks = behindTasks ? clicks.KeyBy(static click => click.Page).Reduce(static (_, right) => right) : clicks;
        declare(clicks.KeyBy(static click => click.Page).Window(TumblingEventTimeWindows.Of(Second)))
            .Reduce(static (_, right) => right)
            .WithUid("count")
            .SinkTo(new TextSink<Click>());
        return env.GetJobGraph("job");
    }

    private sealed class FirstOf : ProcessWindowFunction<string, string, string, TimeWindow>
    {
        public override void Process(
            string key,
            IProcessWindowContext<TimeWindow> context,
            IReadOnlyList<string> elements,
            Collector<string> output
        ) => output.Collect(elements[0]);
    }
}
