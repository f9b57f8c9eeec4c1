using Millrace.Kafka.Producing;
using Millrace.Kafka.Transactions;
using Xunit;

namespace Millrace.Kafka.Tests.Transactions;

public sealed class SinkCommittableTests
{
    [Fact]
    public void ShouldKeepItsBytes_WhenEncoded()
    {
        SinkCommittable committable = new(1, 3, [new PreparedTransaction("j-s-1-0", new ProducerIdentity(4000, 7), 42)]);

        byte[] bytes = committable.ToBytes();
        SinkCommittable read = SinkCommittable.From(bytes);

        Assert.Equal("010103" + "01" + "08" + "6A2D732D312D30" + "C03E" + "0E" + "54", Convert.ToHexString(bytes));
        Assert.Equal((1, 3), (read.Task, read.Parallelism));
        Assert.Equal(committable.Transactions, read.Transactions);
    }

    [Fact]
    public void ShouldThrow_WhenTruncatedAnywhere()
    {
        byte[] bytes = new SinkCommittable(1, 3, [new PreparedTransaction("j-s-1-0", new ProducerIdentity(4000, 7), 42)]).ToBytes();

        for (int size = 0; size < bytes.Length; size++)
        {
            Assert.Throws<InvalidDataException>(() => SinkCommittable.From(bytes.AsSpan(0, size)));
        }
    }
}
