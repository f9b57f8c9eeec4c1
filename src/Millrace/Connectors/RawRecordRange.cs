namespace Millrace.Connectors;

/// <summary>Records that were read from a range of offsets.</summary>
/// <param name="Records">The records, in order.</param>
/// <param name="CoveredTo">Up to this offset, inclusive, <paramref name="Records"/> is all there is; before the range's first offset when
/// nothing could be read yet.</param>
public sealed record RawRecordRange(IReadOnlyList<RawRecord> Records, long CoveredTo);
