using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Connectors;
using Millrace.Durable;
using Millrace.Durable.Hosting;
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
        MemoryLog log = new("copies", partitions: 1);
        MemoryLogSink sink = new(log, DurableSinkGuarantee.AtLeastOnce) { FailsOnce = true };
        StreamExecutionEnvironment env = new();
        env.FromSource(new MemoryLogSource(new MemoryLog("lines", partitions: 1))).WithUid("source").SinkTo(sink).WithUid("copies");
        JobGraph graph = env.GetJobGraph("refused", hasStatelessSources: true);
        DurableServices services = new(time, NullLoggerFactory.Instance, CancellationToken.None);
        await using SinkSenders senders = new(new DurableJobPlan(graph, "refused-1"), origin: 1, services);
        DataWriter encoded = new();
        sink.Encode("a", 0, encoded);
        DurableSinkRecord[] records = [new(1, "refused/copies/0/1", encoded.WrittenMemory)];
        DateTimeOffset since = time.GetUtcNow();
        Assert.Empty(senders.Waiting());

        await Assert.ThrowsAnyAsync<Exception>(() => senders.SendAsync("copies", 0, 1, records, CancellationToken.None));

        ConnectorWait wait = Assert.Single(senders.Waiting());
        Assert.Equal(("sink 'copies'", since), (wait.Subject, wait.Since));
        time.Advance(TimeSpan.FromSeconds(5));
        await senders.SendAsync("copies", 0, 1, records, CancellationToken.None);
        Assert.Empty(senders.Waiting());
    }
}
