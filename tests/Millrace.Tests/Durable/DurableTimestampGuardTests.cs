using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Graph;
using Millrace.Testing;
using Millrace.Time;
using Millrace.UserFunctions;
using Xunit;

namespace Millrace.Tests.Durable;

/// <summary>The guard of timestamps on a trigger-driven host, where each range of offsets begins anew from the ledger.</summary>
public sealed class DurableTimestampGuardTests
{
    private const long Day = 86_400_000;
    private static readonly WatermarkStrategy<Click> Strategy = WatermarkStrategy<Click>
        .ForMonotonousTimestamps()
        .WithTimestampAssigner(click => click.Time)
        .WithMaxTimestampAdvance(TimeSpan.FromHours(1), confirmedBy: 3);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task ShouldVoteOverRanges_WhenPartitionJumps(int rangeSize)
    {
        LedgerState ledger = await RunAsync(rangeSize, 1_000, 50 * Day, Day, 2_000, Day + 1, Day + 2, Day + 3);
        Assert.Equal(Day + 2, ledger.Watermark);
        Assert.Equal(default, ledger.Votes);

        ledger = await RunAsync(rangeSize, 1_000, Day, Day + 1);
        Assert.Equal((999, new TimestampVotes(Day + 1, 2)), (ledger.Watermark, ledger.Votes));
        Assert.Equal(ledger.Votes, LedgerCodec.Decode(LedgerCodec.Encode(ledger)).Votes);
    }

    [Fact]
    public async Task ShouldTellTheLedgersWatermark_WhenRecordsAreSentAgain()
    {
        // Beside the ledger's watermark of today, the record would be believed.
        DurableJobPlan plan = Plan(Strategy);
        await using DurableSourceRunner runner = new(plan, plan.Sources[0], upstream: 0, Services);
        LedgerState ledger = LedgerState.Initial(0) with { Epoch = 1, Next = 10, Watermark = 10 * Day };

        SourceRangeResult result = runner.Process(
            ledger,
            new OffsetRange(3, 3),
            [TextSource.Encode(0, 3, new Click("a", (10 * Day) + 60_000))],
            isResend: true
        );

        Assert.Equal(10 * Day, result.Watermark);
        Assert.Equal(10 * Day, Assert.Single(result.Envelopes).Watermark);
    }

    [Fact]
    public void ShouldRefuse_WhenRecordsAheadHaveASideOutput() =>
        Assert.Contains(
            "leave out WithSideOutputAheadData",
            Assert.Single(
                Assert.Throws<JobValidationException>(() => Plan(Strategy.WithSideOutputAheadData(new OutputTag<Click>("ahead")))).Errors
            ),
            StringComparison.Ordinal
        );

    private static DurableServices Services { get; } = new(new ManualTimeProvider(), NullLoggerFactory.Instance, CancellationToken.None);

    private static async Task<LedgerState> RunAsync(int rangeSize, params long[] times)
    {
        DurableJobPlan plan = Plan(Strategy);
        LedgerState ledger = LedgerState.Initial(0).TakenOver();
        for (int start = 0; start < times.Length; start += rangeSize)
        {
            // Another process for each range.
            await using DurableSourceRunner runner = new(plan, plan.Sources[0], upstream: 0, Services);
            OffsetRange range = new(start, Math.Min(start + rangeSize, times.Length) - 1);
            RawRecord[] records =
            [
                .. Enumerable
                    .Range(start, (int)(range.To - range.From + 1))
                    .Select(offset => TextSource.Encode(0, offset, new Click("a", times[offset]))),
            ];
            SourceRangeResult result = runner.Process(ledger, range, records, isResend: false);
            ledger = LedgerCodec.Decode(LedgerCodec.Encode(ledger.Committed(range.To, result.Watermark, result.Sent, result.Votes)));
        }

        return ledger;
    }

    private static DurableJobPlan Plan(WatermarkStrategy<Click> strategy)
    {
        StreamExecutionEnvironment env = new();
        env.FromSource(new TextSource(), strategy).KeyBy(click => click.Page).MaxBy(click => click.Time).SinkTo(new TextSink<Click>());
        return new DurableJobPlan(env.GetJobGraph("clicks", hasStatelessSources: true), "clicks#1");
    }
}
