using System.Buffers;

namespace Millrace.Checkpoints;

/// <summary>A piece of bytes that lie in several pieces of memory.</summary>
internal sealed class SequenceSegment : ReadOnlySequenceSegment<byte>
{
    public SequenceSegment(ReadOnlyMemory<byte> memory, long runningIndex = 0)
    {
        Memory = memory;
        RunningIndex = runningIndex;
    }

    /// <summary>Puts a piece behind this one, which must be the last.</summary>
    public SequenceSegment Append(ReadOnlyMemory<byte> memory)
    {
        SequenceSegment next = new(memory, RunningIndex + Memory.Length);
        Next = next;
        return next;
    }
}
