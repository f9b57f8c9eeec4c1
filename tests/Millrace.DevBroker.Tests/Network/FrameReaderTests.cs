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
        var bytes = new byte[64];
        BinaryPrimitives.WriteInt32BigEndian(bytes, Max);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            var buffer = new ReadOnlySequence<byte>(bytes);
            Assert.False(FrameReader.TryRead(ref buffer, Max, out var rented, out _));
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
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        Assert.Throws<ProtocolException>(() =>
        {
            var buffer = new ReadOnlySequence<byte>(bytes);
            FrameReader.TryRead(ref buffer, Max, out _, out _);
        });
    }

    [Fact]
    public void ShouldCutRequests_WhereverTheStreamIsInPieces()
    {
        byte[] request = [0, 0, 0, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        byte[] two = [.. request, .. request];
        for (var cut = 1; cut < two.Length; cut++)
        {
            var first = new Piece(two.AsMemory(0, cut));
            var buffer = new ReadOnlySequence<byte>(first, 0, first.Append(two.AsMemory(cut)), two.Length - cut);
            for (var i = 0; i < 2; i++)
            {
                Assert.True(FrameReader.TryRead(ref buffer, Max, out var rented, out var length));
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
            var next = new Piece(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
