using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Graph;
using Millrace.Serialization;
using Millrace.Time;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Durable;

public sealed class DurableTaskTests
{
    private static readonly DurableServices Services = new(TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);

    /// <summary>
    /// Click counts per page and window by the ledger protocol, state saved and loaded after every operation, envelopes doubled and out of
    /// order: the sums of a plain computation.
    /// </summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(1, true)]
    [InlineData(3, true)]
    public async Task ShouldCountEveryClickOnce_WhenEnvelopesAreDoubledAndReordered(int parallelism, bool preAggregates)
    {
        DurableJobPlan plan = Plan(parallelism, preAggregates);
        Click[] clicks = [.. Enumerable.Range(0, 2_000).Select(n => new Click($"/page/{n * 7 % 13}", n * 5 + (n * 37 % 40)))];
        (List<Envelope> envelopes, LedgerState ledger) = await RunSourceAsync(plan, clicks);
        Assert.All(envelopes, envelope => Assert.Equal(preAggregates ? PayloadKind.Whole : PayloadKind.Records, envelope.Kind));
        Random random = new(7);
        Envelope[] delivered = [.. envelopes.Concat(envelopes).OrderBy(_ => random.Next())];

        List<string> results = [];
        for (int task = 0; task < parallelism; task++)
        {
            results.AddRange(RunTask(plan, task, delivered, ledger));
        }

        string[] expected =
        [
            .. clicks
                .GroupBy(click => (click.Page, Start: click.Time / 1_000 * 1_000))
                .Select(group => new PageCount(group.Key.Page, group.Key.Start, group.Count()).ToString()),
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), results.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ShouldNameAllObstacles_WhenJobCannotRunOnTriggers()
    {
        StreamExecutionEnvironment env = new();
        env.FromElements(1, 2).SinkTo(new DiscardingSink<int>());

        JobValidationException error = Assert.Throws<JobValidationException>(() => new DurableJobPlan(env.GetJobGraph("local"), "local#1"));

        Assert.Equal(2, error.Errors.Count);
        Assert.All(error.Errors, message => Assert.Contains("cannot run on Azure Functions", message, StringComparison.Ordinal));
    }

    private static DurableJobPlan Plan(int parallelism, bool preAggregates)
    {
        StreamExecutionEnvironment env = new();
        env.SetParallelism(parallelism);
        WindowedStream<string, Click, TimeWindow> windows = env.FromSource(
                new TextSource(),
                WatermarkStrategy<Click>.ForBoundedOutOfOrderness(TimeSpan.FromMilliseconds(50)).WithTimestampAssigner(click => click.Time)
            )
            .Filter(click => click.Page.Length > 0)
            .KeyBy(click => click.Page)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)));
        (preAggregates ? windows.PreAggregate() : windows)
            .Aggregate(new Count(), (page, window, count) => new PageCount(page, window.Start, count))
            .WithUid("count")
            .SinkTo(new TextSink<PageCount>())
            .WithUid("results");
        return new DurableJobPlan(env.GetJobGraph("clicks"), "clicks#1");
    }

    private static async Task<(List<Envelope> Envelopes, LedgerState Ledger)> RunSourceAsync(DurableJobPlan plan, Click[] clicks)
    {
        List<Envelope> envelopes = [];
        LedgerState ledger = LedgerState.Initial(0).TakenOver();
        await using DurableSourceRunner runner = new(plan, plan.Sources[0], DurableJobPlan.UpstreamOf(0, 0), Services);
        for (int start = 0; start < clicks.Length; start += 100)
        {
            OffsetRange range = new(start, start + 99);
            RawRecord[] records = [.. Enumerable.Range(start, 100).Select(offset => TextSource.Encode(0, offset, clicks[offset]))];
            SourceRangeResult result = runner.Process(ledger, range, records, isResend: false);
            envelopes.AddRange(result.Envelopes);
            ledger = ledger.Committed(range.To, result.Watermark, result.Sent);
        }

        return (envelopes, ledger);
    }

    private static List<string> RunTask(DurableJobPlan plan, int task, Envelope[] delivered, LedgerState ledger)
    {
        Stage stage = plan.KeyedStages[0];
        List<string> results = [];
        ReadOnlyMemory<byte> state = default;
        string edge = stage.InputEdges[0].NameIn(plan.Graph);
        long position = ledger.Sent[new ChannelId(edge, 0, task)];
        foreach (
            Action<KeyedTask> operation in delivered
                .Where(envelope => envelope.Channel.Downstream == task)
                .Select(envelope => (Action<KeyedTask>)(entity => entity.OnEnvelope(envelope)))
                .Append(entity =>
                    entity.OnProgress(
                        new Progress
                        {
                            Job = "clicks#1",
                            Edge = edge,
                            Partitions = [new PartitionProgress(0, long.MaxValue - 1, position, ledger.Next)],
                        }
                    )
                )
                .Append(entity => entity.OnFlush())
        )
        {
            using DurableTaskLogic logic = new(plan, stage, task, Services);
            KeyedTask entity = new(plan.OptionsOf(stage, task), logic, state);
            foreach (SinkEntry entry in entity.DurableSinkEntries)
            {
                DataReader reader = new(entry.Record.Span);
                results.Add(reader.ReadString()!);
            }

            entity.MarkSinkEntriesSent("results");
            operation(entity);
            state = entity.Save();
        }

        return results;
    }

    private readonly record struct PageCount(string Page, long Start, long Clicks);

    private sealed class Count : IAggregateFunction<Click, long, long>
    {
        public long CreateAccumulator() => 0;

        public long Add(Click value, long accumulator) => accumulator + 1;

        public long GetResult(long accumulator) => accumulator;

        public long Merge(long left, long right) => left + right;
    }
}
