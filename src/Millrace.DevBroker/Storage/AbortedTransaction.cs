using Millrace.DevBroker.Protocol;

namespace Millrace.DevBroker.Storage;

/// <summary>
/// A transaction that was rolled back: records of this producer in [<see cref="FirstOffset"/>, <see cref="MarkerOffset"/>) do not count.
/// </summary>
internal struct AbortedTransaction : IMessage
{
    public long ProducerId;
    public long FirstOffset;
    public long MarkerOffset;

    /// <summary>
    /// First offset that was still undecided after this marker; all transactions that end before it are listed before this one.
    /// </summary>
    public long StableOffset;

    public void Describe(Wire wire)
    {
        wire.Int64(ref ProducerId);
        wire.Int64(ref FirstOffset);
        wire.Int64(ref MarkerOffset);
        wire.Int64(ref StableOffset);
    }
}
