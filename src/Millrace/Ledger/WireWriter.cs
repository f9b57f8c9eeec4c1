using System.Buffers;
using Millrace.Serialization;

namespace Millrace.Ledger;

/// <summary>Variable-length integers and length-prefixed bytes, written to a buffer that the caller owns.</summary>
internal readonly struct WireWriter(IBufferWriter<byte> output)
{
    public void Byte(byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Unsigned(ulong value)
    {
        Span<byte> span = output.GetSpan(10);
        int at = 0;
        while (value >= 0x80)
        {
            span[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[at++] = (byte)value;
        output.Advance(at);
    }

    public void Signed(long value) => Unsigned((ulong)((value << 1) ^ (value >> 63)));

    public void Count(int value) => Unsigned((ulong)value);

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Count(value.Length);
        value.CopyTo(output.GetSpan(value.Length));
        output.Advance(value.Length);
    }

    public void Name(string value)
    {
        int length = Wtf8.GetByteCount(value);
        Count(length);
        Wtf8.GetBytes(value, output.GetSpan(length));
        output.Advance(length);
    }

    public void Channel(in ChannelId channel)
    {
        Name(channel.Edge);
        Count(channel.Upstream);
        Count(channel.Downstream);
    }
}
