using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Hosting;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Graph;
using Millrace.Testing;
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
        await using DurableJobHost host = await new DurableJobOpener(
            Graph(),
            new InMemoryObjectStore(),
            Services,
            new DurableHostOptions()
        ).OpenAsync(CancellationToken.None);
        Envelope[] envelopes =
        [
            await EnvelopeAsync(host.Plan, partition: 0, "/a"),
            await EnvelopeAsync(host.Plan, partition: 1, "/bad"),
            await EnvelopeAsync(host.Plan, partition: 2, "/c"),
        ];
        (Stage stage, int task, byte[] message) = Assert.Single(host.Plan.Pack(envelopes));

        using DurableTaskBatch batch = await host.OpenBatchAsync(stage, task, state: null, CancellationToken.None);
        await batch.ApplyAsync(
            DurableOperation.Envelope,
            message,
            (_, _, _, _) => Assert.Fail("Nothing is to be sent."),
            CancellationToken.None
        );

        TaskCheckpoint checkpoint = new();
        TaskCheckpointCodec.Read((await batch.SaveAsync(CancellationToken.None)).Bytes, host.Plan.OptionsOf(stage, task), checkpoint);
        Assert.Equal(1, batch.Failures);
        Assert.Equal(
            [(0, 0L, 0), (1, -1L, 1), (2, 0L, 0)],
            checkpoint.Channels.Values.Select(channel => (channel.Id.Upstream, channel.Applied, channel.Held.Count))
        );
    }

    [Fact]
    public async Task ShouldDropWhatIsNoEnvelope_WhenAMessageIsDamaged()
    {
        await using DurableJobHost host = await new DurableJobOpener(
            Graph(),
            new InMemoryObjectStore(),
            Services,
            new DurableHostOptions()
        ).OpenAsync(CancellationToken.None);
        (Stage stage, int task, byte[] message) = Assert.Single(
            host.Plan.Pack([await EnvelopeAsync(host.Plan, partition: 0, "/a"), await EnvelopeAsync(host.Plan, partition: 1, "/b")])
        );

        using DurableTaskBatch batch = await host.OpenBatchAsync(stage, task, state: null, CancellationToken.None);
        await batch.ApplyAsync(
            DurableOperation.Envelope,
            message.AsMemory(..^1),
            (_, _, _, _) => Assert.Fail("Nothing is to be sent."),
            CancellationToken.None
        );

        TaskCheckpoint checkpoint = new();
        TaskCheckpointCodec.Read((await batch.SaveAsync(CancellationToken.None)).Bytes, host.Plan.OptionsOf(stage, task), checkpoint);
        Assert.Equal(1, batch.Failures);
        Assert.Equal((0, 0L), checkpoint.Channels.Values.Select(channel => (channel.Id.Upstream, channel.Applied)).Single());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ShouldSendToEachSinkOnce_WhenAnotherIsDown(bool isFirstDown)
    {
        List<string> taken = [];
        bool isDown = true;
        int attempts = 0;
        TextSink<Click> up = new(taken.AddRange);
        TextSink<Click> down = new(records =>
        {
            attempts++;
            if (isDown)
            {
                throw new TimeoutException("Nobody answers.");
            }

            taken.AddRange(records.Select(record => $"late {record}"));
        });
        ManualTimeProvider time = new();
        DurableServices services = Services with { Time = time };
        JobGraph graph = EchoGraph(isFirstDown ? down : up, isFirstDown ? up : down);
        await using DurableJobHost host = await new DurableJobOpener(
            graph,
            new InMemoryObjectStore(),
            services,
            new DurableHostOptions()
        ).OpenAsync(CancellationToken.None);

        TaskState? state = null;
        bool wantsFlush = false;
        async Task RunAsync(string operation, byte[] content)
        {
            Stage stage = host.Plan.KeyedStages.Single();
            using DurableTaskBatch batch = await host.OpenBatchAsync(stage, 0, state, CancellationToken.None);
            await batch.SendDurableAsync((_, _, _, _) => { }, (_, _, _) => { }, CancellationToken.None);
            await batch.ApplyAsync(operation, content, (_, _, _, _) => { }, CancellationToken.None);
            wantsFlush = batch.WantsFlush();
            state = await batch.SaveAsync(CancellationToken.None);
        }

        await RunAsync(
            DurableOperation.Envelope,
            Assert.Single(host.Plan.Pack([await EnvelopeAsync(host.Plan, partition: 0, "/a")])).Message
        );
        Assert.True(wantsFlush);
        await RunAsync(DurableOperation.Flush, []);
        Assert.False(wantsFlush);
        await RunAsync(
            DurableOperation.Envelope,
            Assert.Single(host.Plan.Pack([await EnvelopeAsync(host.Plan, partition: 1, "/b")])).Message
        );
        Assert.True(wantsFlush);
        await RunAsync(DurableOperation.Flush, []);

        Assert.Equal(["Click { Page = /a, Time = 5 }", "Click { Page = /b, Time = 5 }"], taken);
        Assert.Equal(1, attempts);

        isDown = false;
        time.Advance(TimeSpan.FromSeconds(1));
        await RunAsync(DurableOperation.Flush, []);
        Assert.Equal(["late Click { Page = /a, Time = 5 }", "late Click { Page = /b, Time = 5 }"], taken[2..]);
        Assert.False(wantsFlush);
    }

    [Fact]
    public async Task ShouldParkTheEnvelope_WhenAFunctionIsCancelledByItsOwnTimeout()
    {
        await using DurableJobHost host = await new DurableJobOpener(
            Graph(),
            new InMemoryObjectStore(),
            Services,
            new DurableHostOptions()
        ).OpenAsync(CancellationToken.None);
        (Stage stage, int task, byte[] message) = Assert.Single(
            host.Plan.Pack([await EnvelopeAsync(host.Plan, partition: 0, "/slow"), await EnvelopeAsync(host.Plan, partition: 1, "/b")])
        );

        using DurableTaskBatch batch = await host.OpenBatchAsync(stage, task, state: null, CancellationToken.None);
        await batch.ApplyAsync(
            DurableOperation.Envelope,
            message,
            (_, _, _, _) => Assert.Fail("Nothing is to be sent."),
            CancellationToken.None
        );

        TaskCheckpoint checkpoint = new();
        TaskCheckpointCodec.Read((await batch.SaveAsync(CancellationToken.None)).Bytes, host.Plan.OptionsOf(stage, task), checkpoint);
        Assert.Equal(1, batch.Failures);
        Assert.Equal(
            [(0, -1L, 1), (1, 0L, 0)],
            checkpoint.Channels.Values.Select(channel => (channel.Id.Upstream, channel.Applied, channel.Held.Count))
        );
    }

    private static JobGraph EchoGraph(TextSink<Click> first, TextSink<Click> second)
    {
        StreamExecutionEnvironment env = new();
        env.SetParallelism(1);
        DataStream<Click> clicks = env.FromSource(
                new TextSource(),
                WatermarkStrategy<Click>.ForMonotonousTimestamps().WithTimestampAssigner(click => click.Time)
            )
            .KeyBy(click => click.Page)
            .Reduce((_, next) => next)
            .WithUid("last");
        clicks.SinkTo(first).WithUid("first");
        clicks.SinkTo(second).WithUid("second");
        return env.GetJobGraph("clicks");
    }

    private static JobGraph Graph()
    {
        StreamExecutionEnvironment env = new();
        env.FromSource(new TextSource(), WatermarkStrategy<Click>.ForMonotonousTimestamps().WithTimestampAssigner(click => click.Time))
            .KeyBy(click => click.Page)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)))
            .Aggregate(new Picky())
            .WithUid("count")
            .SinkTo(new TextSink<long>())
            .WithUid("results");
        return env.GetJobGraph("clicks");
    }

    private static async Task<Envelope> EnvelopeAsync(DurableJobPlan plan, int partition, string page)
    {
        await using DurableSourceRunner runner = new(plan, plan.Sources[0], DurableJobPlan.UpstreamOf(0, partition), Services);
        RawRecord[] records = [TextSource.Encode(partition, 0, new Click(page, 5))];
        SourceRangeResult result = runner.Process(LedgerState.Initial(0).TakenOver(), new OffsetRange(0, 0), records, isResend: false);
        return Assert.Single(result.Envelopes);
    }

    private sealed class Picky : IAggregateFunction<Click, long, long>
    {
        public long CreateAccumulator() => 0;

        public long Add(Click value, long accumulator) =>
            value.Page switch
            {
                "/bad" => throw new FormatException("A page that this function does not take."),
                "/slow" => throw new TaskCanceledException("A request took too long."),
                _ => accumulator + 1,
            };

        public long GetResult(long accumulator) => accumulator;

        public long Merge(long left, long right) => left + right;
    }
}
