namespace Millrace.Operators;

/// <summary>An operator that keeps records too far ahead from moving the watermark, for metrics; read by any thread.</summary>
internal interface IWatermarkGuard
{
    long RecordsAhead { get; }
}
