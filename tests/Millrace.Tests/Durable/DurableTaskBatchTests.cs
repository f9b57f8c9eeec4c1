using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable;
using Millrace.Durable.Hosting;
using Millrace.Graph;
using Millrace.Ledger;
using Millrace.Time;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Durable;

public sealed class DurableTaskBatchTests
{
    private static readonly DurableServices Services = new(TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);

    [Fact]
    public async Task ShouldParkOnlyTheEnvelopeThatFails_WhenAMessageHasSeveral()
    {
        await using DurableJobHost host = await new DurableJobOpener(Graph(), new InMemoryObjectStore(), Services, new DurableHostOptions()).OpenAsync(CancellationToken.None);
        Envelope[] envelopes =
        [
            await EnvelopeAsync(host.Plan, partition: 0, "/a"),
            await EnvelopeAsync(host.Plan, partition: 1, "/bad"),
            await EnvelopeAsync(host.Plan, partition: 2, "/c"),
        ];
        (Stage stage, int task, byte[] message) = Assert.Single(host.Pack(envelopes));

        using DurableTaskBatch batch = await DurableTaskBatch.OpenAsync(host, stage, task, default, CancellationToken.None);
        await batch.ApplyAsync(DurableOperation.Envelope, message, (_, _, _, _) => Assert.Fail("Nothing is to be sent."), CancellationToken.None);

        TaskCheckpoint checkpoint = new();
        TaskCheckpointCodec.Read(batch.Save(), host.Plan.OptionsOf(stage, task), checkpoint);
        Assert.Equal(1, batch.Failures);
        Assert.Equal([(0, 0L, 0), (1, -1L, 1), (2, 0L, 0)], checkpoint.Channels.Values.Select(channel => (channel.Id.Upstream, channel.Applied, channel.Held.Count)));
    }

    [Fact]
    public async Task ShouldDropWhatIsNoEnvelope_WhenAMessageIsDamaged()
    {
        await using DurableJobHost host = await new DurableJobOpener(Graph(), new InMemoryObjectStore(), Services, new DurableHostOptions()).OpenAsync(CancellationToken.None);
        (Stage stage, int task, byte[] message) = Assert.Single(host.Pack([await EnvelopeAsync(host.Plan, partition: 0, "/a"), await EnvelopeAsync(host.Plan, partition: 1, "/b")]));

        using DurableTaskBatch batch = await DurableTaskBatch.OpenAsync(host, stage, task, default, CancellationToken.None);
        await batch.ApplyAsync(DurableOperation.Envelope, message.AsMemory(..^1), (_, _, _, _) => Assert.Fail("Nothing is to be sent."), CancellationToken.None);

        TaskCheckpoint checkpoint = new();
        TaskCheckpointCodec.Read(batch.Save(), host.Plan.OptionsOf(stage, task), checkpoint);
        Assert.Equal(1, batch.Failures);
        Assert.Equal((0, 0L), checkpoint.Channels.Values.Select(channel => (channel.Id.Upstream, channel.Applied)).Single());
    }

    private static JobGraph Graph()
    {
        StreamExecutionEnvironment env = new();
        env.FromSource(new TextSource(), WatermarkStrategy<Click>.ForMonotonousTimestamps().WithTimestampAssigner(click => click.Time))
            .KeyBy(click => click.Page)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)))
            .Aggregate(new Picky()).WithUid("count")
            .SinkTo(new TextSink<long>()).WithUid("results");
        return env.GetJobGraph("clicks");
    }

    private static async Task<Envelope> EnvelopeAsync(DurableJobPlan plan, int partition, string page)
    {
        await using DurableSourceRunner runner = new(plan, plan.Sources[0], DurableJobPlan.UpstreamOf(0, partition), Services);
        RawRecord[] records = [TextSource.Encode(partition, 0, new Click(page, 5))];
        SourceRangeResult result = await runner.ProcessAsync(LedgerState.Initial(0).TakenOver(), new OffsetRange(0, 0), records, isResend: false, CancellationToken.None);
        return Assert.Single(result.Envelopes);
    }

    private sealed class Picky : IAggregateFunction<Click, long, long>
    {
        public long CreateAccumulator() => 0;

        public long Add(Click value, long accumulator) => value.Page == "/bad" ? throw new FormatException("A page that this function does not take.") : accumulator + 1;

        public long GetResult(long accumulator) => accumulator;

        public long Merge(long left, long right) => left + right;
    }
}
