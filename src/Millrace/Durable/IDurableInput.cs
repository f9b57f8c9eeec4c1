namespace Millrace.Durable;

/// <summary>An edge into a stage: decodes payloads and delivers them.</summary>
internal interface IDurableInput
{
    /// <summary>Delivers records that were framed with their positions, without those at or below <paramref name="after"/>.</summary>
    void ApplyPositioned(ReadOnlyMemory<byte> payload, long after);

    /// <summary>Delivers the records of a keyed task.</summary>
    void ApplyRecords(ReadOnlySpan<byte> payload);
}
