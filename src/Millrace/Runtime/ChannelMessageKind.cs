namespace Millrace.Runtime;

/// <summary>Kinds of messages on a channel.</summary>
internal enum ChannelMessageKind : byte
{
    Batch,
    Watermark,
    Idle,
    Barrier,
    EndOfInput,
}
