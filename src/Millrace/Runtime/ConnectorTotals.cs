namespace Millrace.Runtime;

/// <summary>Sums over the sources and sinks of a job.</summary>
internal readonly record struct ConnectorTotals(
    long RecordsIn,
    long BytesIn,
    long RecordsOut,
    long BytesOut,
    long Errors,
    long RecordsAhead
);
