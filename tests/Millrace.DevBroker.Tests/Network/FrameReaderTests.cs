using System.Buffers;
using System.Buffers.Binary;
using Millrace.DevBroker.Network;
using Millrace.DevBroker.Protocol;

namespace Millrace.DevBroker.Tests.Network;

public sealed class FrameReaderTests
{
    private const int Max = 100 << 20;

    [Fact]
    public void ShouldTakeNoMemory_ForWhatIsOnlyAnnounced()
    {
        byte[] bytes = new byte[64];
        BinaryPrimitives.WriteInt32BigEndian(bytes, Max);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            ReadOnlySequence<byte> buffer = new(bytes);
            Assert.False(FrameReader.TryRead(ref buffer, Max, out byte[]? rented, out _));
            Assert.Empty(rented);
            Assert.Equal(bytes.Length, buffer.Length);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(Max + 1)]
    public void ShouldRefuseLengths_ThatNoRequestHas(int length)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        Assert.Throws<ProtocolException>(() =>
        {
            ReadOnlySequence<byte> buffer = new(bytes);
            FrameReader.TryRead(ref buffer, Max, out _, out _);
        });
    }

    [Fact]
    public void ShouldCutRequests_WhereverTheStreamIsInPieces()
    {
        byte[] request = [0, 0, 0, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        byte[] two = [.. request, .. request];
        for (int cut = 1; cut < two.Length; cut++)
        {
            Piece first = new(two.AsMemory(0, cut));
            ReadOnlySequence<byte> buffer = new(first, 0, first.Append(two.AsMemory(cut)), two.Length - cut);
            for (int i = 0; i < 2; i++)
            {
                Assert.True(FrameReader.TryRead(ref buffer, Max, out byte[]? rented, out int length));
                Assert.Equal(request[4..], rented[..length]);
                ArrayPool<byte>.Shared.Return(rented);
            }

            Assert.True(buffer.IsEmpty);
        }
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory) => Memory = memory;

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            Piece next = new(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
