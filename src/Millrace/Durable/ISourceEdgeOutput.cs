using Millrace.Graph;
using Millrace.Ledger;

namespace Millrace.Durable;

/// <summary>The untyped face of a source task's edge output.</summary>
internal interface ISourceEdgeOutput
{
    StreamEdge Edge { get; }

    int Targets { get; }

    /// <summary>Begins a range of offsets.</summary>
    /// <param name="range">The range.</param>
    /// <param name="senderOf">The sending end of the channel to a target.</param>
    /// <param name="envelopes">Where envelopes go.</param>
    void Begin(OffsetRange range, Func<int, ChannelSender> senderOf, ICollection<Envelope> envelopes);

    /// <summary>Sends what is left, with the watermark after the range.</summary>
    void Complete(long watermark);
}
