using Millrace.Batches;

namespace Millrace.Durable;

/// <summary>An edge into a stage: decodes payloads and delivers them.</summary>
internal interface IDurableInput
{
    /// <summary>Delivers records that were framed with their positions, without those at or below <paramref name="after"/>.</summary>
    /// <param name="payload">The records.</param>
    /// <param name="after">The last position applied before.</param>
    /// <param name="split">The partition that positions are offsets of.</param>
    void ApplyPositioned(ReadOnlyMemory<byte> payload, long after, RecordSplit split);

    /// <summary>Delivers the records of a keyed task.</summary>
    void ApplyRecords(ReadOnlySpan<byte> payload);
}
