using Millrace.DevBroker.Protocol;

namespace Millrace.DevBroker.Tests.Protocol;

public sealed class MessageReaderTests
{
    [Theory]
    [InlineData("00", 0u)]
    [InlineData("7f", 127u)]
    [InlineData("8001", 128u)]
    [InlineData("ffffffff0f", uint.MaxValue)]
    public void ShouldReadUnsignedVarint(string hex, uint expected) => Assert.Equal(expected, Reader(hex).UnsignedVarint());

    [Fact]
    public void ShouldRefuseVarint_WhenItNeverEnds() => Assert.Throws<ProtocolException>(() => Reader("808080808080").UnsignedVarint());

    [Theory]
    [InlineData("0002c3bc", false, "ü")]
    [InlineData("03c3bc", true, "ü")]
    [InlineData("ffff", false, null)]
    [InlineData("00", true, null)]
    public void ShouldReadString(string hex, bool compact, string? expected) => Assert.Equal(expected, Reader(hex).String(compact));

    [Fact]
    public void ShouldRefuseBytes_WhenTheLengthIsMoreThanWhatIsThere()
    {
        ProtocolException refused = Assert.Throws<ProtocolException>(() => Reader("7fffffff00").Bytes(compact: false));
        Assert.Contains("2147483647", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldRefuseArray_WhenItHasMoreElementsThanBytesAreLeft() =>
        Assert.Throws<ProtocolException>(() => Reader("000f424000").ArrayLength(compact: false));

    [Fact]
    public void ShouldRefuseArrays_WhenAllTogetherHaveTooManyElements()
    {
        MessageReader reader = new();
        byte[] bytes = new byte[MessageReader.MaxElements + 100];
        bytes[0] = 0x00;
        bytes[1] = 0x0f;
        bytes[2] = 0x42;
        bytes[3] = 0x40; // 1,000,000
        bytes[7] = 1;
        reader.Reset(bytes);
        Assert.Equal(MessageReader.MaxElements, reader.ArrayLength(compact: false));
        Assert.Throws<ProtocolException>(() => reader.ArrayLength(compact: false));
    }

    [Fact]
    public void ShouldSkipTags_WhateverTheyHold()
    {
        MessageReader reader = Reader("020003aabbcc07010042");
        reader.SkipTags();
        Assert.Equal(0x42, reader.Int8());
    }

    [Fact]
    public void ShouldRefuseTags_WhenOneIsLongerThanTheMessage() =>
        Assert.Throws<ProtocolException>(() => Reader("0100ffffffff0f").SkipTags());

    private static MessageReader Reader(string hex)
    {
        MessageReader reader = new();
        reader.Reset(Convert.FromHexString(hex));
        return reader;
    }
}
