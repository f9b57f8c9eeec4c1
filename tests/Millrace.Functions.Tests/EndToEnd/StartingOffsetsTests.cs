using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Graph;
using Millrace.Kafka;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>"Latest" is the moment when the job first starts, not the moment when a partition's first record comes.</summary>
public sealed class StartingOffsetsTests
{
    private const int Partitions = 2;

    [Fact]
    public async Task ShouldReadWhatComesAfterTheStart_WhenJobBeginsAtTheLatest()
    {
        await using TestBroker broker = await TestBroker.StartAsync(("lines", Partitions), ("out", 0));
        InMemoryObjectStore store = new();
        Topics.Write(broker.BootstrapServers, "lines", Partitions, [(0, "old"), (0, "old"), (1, "old")]);
        await using (DurableJobHost first = await OpenAsync(broker, store))
        {
            Assert.All(await ReadAsync(first), status => Assert.Equal(-1, status.LastRecord));
        }

        Topics.Write(broker.BootstrapServers, "lines", Partitions, [(0, "new")]);
        await using DurableJobHost second = await OpenAsync(broker, store);
        PartitionStatus[] statuses = await ReadAsync(second);

        Assert.Equal([2L, 1L], statuses.Select(status => status.Ledger!.Next));
        Assert.Equal([2L, -1L], statuses.Select(status => status.LastRecord));
    }

    [Fact]
    public async Task ShouldReadFromTheBeginning_WhenAPartitionComesAfterTheStart()
    {
        await using TestBroker broker = await TestBroker.StartAsync(("lines", Partitions), ("out", 0));
        InMemoryObjectStore store = new();
        Topics.Write(broker.BootstrapServers, "lines", Partitions, [(0, "old"), (1, "old")]);
        await using DurableJobHost host = await OpenAsync(broker, store);

        // As a partition that was added: it has records, and no ledger.
        await store.DeleteAsync(host.Job.LedgerOf(host.Plan.Sources[0], DurableJobPlan.UpstreamOf(0, 1)), CancellationToken.None);

        Assert.Equal([-1L, 0L], (await ReadAsync(host)).Select(status => status.LastRecord));
    }

    private static Task<PartitionStatus[]> ReadAsync(DurableJobHost host) =>
        host.Ticker.ReadAsync(host.Plan.Sources[0], CancellationToken.None);

    private static Task<DurableJobHost> OpenAsync(TestBroker broker, IObjectStore store)
    {
        StreamExecutionEnvironment env = new();
        KafkaSource<string> source = KafkaSource
            .Builder<string>()
            .SetBootstrapServers(broker.BootstrapServers)
            .SetTopics("lines")
            .SetGroupId("latest")
            .SetStartingOffsets(OffsetsInitializer.Latest())
            .SetDeserializer(SimpleStringSchema.Instance)
            .Build();
        KafkaSink<string> sink = KafkaSink
            .Builder<string>()
            .SetBootstrapServers(broker.BootstrapServers)
            .SetTopic("out")
            .SetValueSerializer(SimpleStringSchema.Instance)
            .Build();
        env.FromSource(source).WithUid("lines").SinkTo(sink).WithUid("out");
        JobGraph graph = env.GetJobGraph("latest");
        DurableServices services = new(TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        return new DurableJobOpener(graph, store, services, new DurableHostOptions()).OpenAsync(CancellationToken.None);
    }
}
