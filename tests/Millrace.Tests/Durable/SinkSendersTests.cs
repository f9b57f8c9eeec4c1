using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Connectors;
using Millrace.Durable.Hosting;
using Millrace.Durable.Tasks;
using Millrace.Graph;
using Millrace.Serialization;
using Millrace.Testing;
using Millrace.Tests.Testing.Conformance;
using Xunit;

namespace Millrace.Tests.Durable;

public sealed class SinkSendersTests
{
    [Fact]
    public async Task ShouldSayWhyASinkWasRefusedAndSinceWhen_UntilItTakesRecords()
    {
        ManualTimeProvider time = new();
        await using SinkSenders senders = RefusedOnce(time, out DurableSinkRecord[] records);
        DateTimeOffset since = time.GetUtcNow();
        Assert.Empty(senders.Waiting());

        await Assert.ThrowsAnyAsync<Exception>(() => senders.SendAsync("copies", 0, 1, records, CancellationToken.None));

        ConnectorWait wait = Assert.Single(senders.Waiting());
        Assert.StartsWith("sink 'copies' (", wait.Subject, StringComparison.Ordinal);
        Assert.Contains("copies)", wait.Subject, StringComparison.Ordinal);
        Assert.Equal(since, wait.Since);
        time.Advance(TimeSpan.FromSeconds(5));
        await senders.SendAsync("copies", 0, 1, records, CancellationToken.None);
        Assert.Empty(senders.Waiting());
    }

    [Fact]
    public async Task ShouldForgetARefusal_WhenNothingIsSentAnyMore()
    {
        ManualTimeProvider time = new();
        await using SinkSenders senders = RefusedOnce(time, out DurableSinkRecord[] records);
        await Assert.ThrowsAnyAsync<Exception>(() => senders.SendAsync("copies", 0, 1, records, CancellationToken.None));
        Assert.Single(senders.Waiting());

        time.Advance(TimeSpan.FromMinutes(2));

        Assert.Empty(senders.Waiting());
    }

    private static SinkSenders RefusedOnce(TimeProvider time, out DurableSinkRecord[] records)
    {
        MemoryLogSink sink = new(new MemoryLog("copies", partitions: 1), DurableSinkGuarantee.AtLeastOnce) { FailsOnce = true };
        StreamExecutionEnvironment env = new();
        env.FromSource(new MemoryLogSource(new MemoryLog("lines", partitions: 1))).WithUid("source").SinkTo(sink).WithUid("copies");
        JobGraph graph = env.GetJobGraph("refused", hasStatelessSources: true);
        DataWriter encoded = new();
        sink.Encode("a", 0, encoded);
        records = [new(1, "refused/copies/0/1", encoded.WrittenMemory)];
        DurableServices services = new(time, NullLoggerFactory.Instance, CancellationToken.None);
        DurableControl control = new(
            DurableControl.CurrentVersion,
            Incarnation: 1,
            Origin: 1,
            RestoredFrom: null,
            IsSuspended: false,
            graph.MaxParallelism,
            new Dictionary<string, int>(StringComparer.Ordinal)
        );
        return new SinkSenders(new DurableJobPlan(graph, "refused-1"), control, services);
    }
}
