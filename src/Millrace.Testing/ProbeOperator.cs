using Millrace.Batches;
using Millrace.Operators;

namespace Millrace.Testing;

/// <summary>Writes down everything that comes by.</summary>
internal sealed class ProbeOperator<T>(ProbeLog<T> log) : OneInputOperator<T, T>
{
    public override void OnBatch(RecordBatch<T> batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            log.Records.Add(new StreamRecord<T>(batch.Values[i], batch.Timestamps[i]));
        }
    }

    public override void OnWatermark(long watermark)
    {
        log.Watermarks.Add(watermark);
        base.OnWatermark(watermark);
    }
}
