using Millrace.Batches;

namespace Millrace.Runtime;

/// <summary>What travels on a channel, in order.</summary>
internal readonly record struct ChannelMessage(ChannelMessageKind Kind, RecordBatch? Batch, long Value)
{
    public static ChannelMessage OfBatch(RecordBatch batch) => new(ChannelMessageKind.Batch, batch, 0);

    public static ChannelMessage OfWatermark(long watermark) => new(ChannelMessageKind.Watermark, null, watermark);

    public static ChannelMessage OfIdle(bool idle) => new(ChannelMessageKind.Idle, null, idle ? 1 : 0);

    public static ChannelMessage OfBarrier(CheckpointBarrier barrier) =>
        new(barrier.IsSelfContained ? ChannelMessageKind.SelfContainedBarrier : ChannelMessageKind.Barrier, null, barrier.CheckpointId);

    public static ChannelMessage EndOfInput => new(ChannelMessageKind.EndOfInput, null, 0);
}

/// <summary>Kinds of messages on a channel.</summary>
internal enum ChannelMessageKind : byte
{
    Batch,
    Watermark,
    Idle,
    Barrier,
    SelfContainedBarrier,
    EndOfInput,
}

/// <summary>Cuts a stream where a checkpoint is taken.</summary>
/// <param name="CheckpointId">The checkpoint.</param>
/// <param name="IsSelfContained">Whether its parts say everything themselves: a savepoint's.</param>
internal readonly record struct CheckpointBarrier(long CheckpointId, bool IsSelfContained);
