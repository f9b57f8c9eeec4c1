using Millrace.Kafka.Interop;
using Xunit;

namespace Millrace.Kafka.Tests.Interop;

public sealed class RefusedBatchTests
{
    [Fact]
    public void ShouldNamePartitionAndError_WhenTheLineTellsOfARefusal() =>
        Assert.Equal(
            new RefusedBatch("orders [3]", "Broker: Not enough in-sync replicas"),
            RefusedBatch.Parse(
                "[thrd:h:9092/1]: h:9092/1: orders [3]: MessageSet with 2 message(s) (MsgId 1, BaseSeq 0) encountered error: Broker: Not "
                    + "enough in-sync replicas (actions Retry,MsgNotPersisted)"
            )
        );

    [Theory]
    [InlineData("")]
    [InlineData(
        "[thrd:h:9092/1]: h:9092/1: orders [3]: Produce MessageSet with 2 message(s) (80 bytes, ApiVersion 7, MsgVersion 2, MsgId 1, "
            + "BaseSeq 0)"
    )]
    public void ShouldTellNothing_WhenTheLineIsAnother(string line) => Assert.Null(RefusedBatch.Parse(line));
}
