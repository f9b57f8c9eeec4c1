using Millrace.Ledger;

namespace Millrace.Testing.Simulation;

/// <summary>
/// What a source chain made of a range: envelopes for keyed tasks, records for the source's own sink, and the watermark after it.
/// </summary>
internal sealed class ChainResult
{
    public List<Envelope> Envelopes { get; } = [];

    public List<KeyValuePair<ChannelId, long>> Sent { get; } = [];

    /// <summary>Sorted by offset.</summary>
    public List<(long Offset, SimulatedOutput Record)> SinkRecords { get; } = [];

    public long Watermark { get; set; }
}
