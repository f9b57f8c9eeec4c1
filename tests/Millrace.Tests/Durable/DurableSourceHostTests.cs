using Millrace.Api;
using Millrace.Connectors;
using Millrace.Durable.Hosting;
using Millrace.Durable.Tasks;
using Millrace.Graph;
using Millrace.Time;
using Xunit;

namespace Millrace.Tests.Durable;

public sealed class DurableSourceHostTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void ShouldTakeMemoryForTheBatchOnce_HoweverManyPartitionsItHas(int partitions)
    {
        const int Records = 10_000;
        StreamExecutionEnvironment env = new();
        env.FromSource(new TextSource(), WatermarkStrategy<Click>.NoWatermarks()).SinkTo(new TextSink<Click>());
        DurableJobPlan plan = new(env.GetJobGraph("cut", hasStatelessSources: true), "cut#1");
        Stage source = plan.Sources.Single();
        RawRecord[] batch =
        [
            .. Enumerable.Range(0, Records).Select(i => TextSource.Encode(i % partitions, i / partitions, new Click("a", i))),
        ];

        Dictionary<int, RecordWindow> parts = RecordWindow.Cut(plan, source, batch);

        Assert.Equal(partitions, parts.Count);
        Assert.All(parts.Values, part => Assert.Equal(Records / partitions, part.Offsets().Length));
        Assert.InRange(parts.Values.Sum(part => part.Capacity), Records, 2 * Records);
    }
}
