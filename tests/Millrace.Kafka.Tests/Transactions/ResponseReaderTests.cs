using Millrace.Kafka.Transactions;
using Xunit;

namespace Millrace.Kafka.Tests.Transactions;

public sealed class ResponseReaderTests
{
    [Theory]
    [InlineData("0000", 2)]
    [InlineData("", 4)]
    public void ShouldAskWhetherThisIsABroker_WhenTheResponseEndsEarly(string hex, int missing)
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => Reader(hex).Int32());
        Assert.Equal($"A Kafka response ends {missing} bytes too early; is this a Kafka broker?", error.Message);
    }

    [Theory]
    [InlineData("0003ab", false, 2)]
    [InlineData("04ab", true, 2)]
    public void ShouldAskWhetherThisIsABroker_WhenAStringEndsEarly(string hex, bool compact, int missing)
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => Reader(hex).String(compact));
        Assert.Equal($"A Kafka response ends {missing} bytes too early; is this a Kafka broker?", error.Message);
    }

    [Fact]
    public void ShouldAskWhetherThisIsABroker_WhenANumberNeverEnds()
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => Reader("808080808080").ArrayLength(compact: true));
        Assert.Equal("A Kafka response has a number of more than 5 bytes; is this a Kafka broker?", error.Message);
    }

    [Fact]
    public void ShouldRefuseAnArray_WhenItHasMoreElementsThanBytesAreLeft()
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => Reader("7fffffff00").ArrayLength(compact: false));
        Assert.Equal("A Kafka response ends 2147483646 bytes too early; is this a Kafka broker?", error.Message);
    }

    [Fact]
    public void ShouldRefuseARequest_WhenAStringIsLongerThanItsLengthCanSay()
    {
        using RequestWriter writer = new();
        ArgumentException error = Assert.Throws<ArgumentException>(() =>
            writer.String(new string('t', short.MaxValue + 1), compact: false)
        );
        Assert.Contains("32768 bytes", error.Message, StringComparison.Ordinal);
    }

    private static ResponseReader Reader(string hex) => new(Convert.FromHexString(hex));
}
