using Millrace.Batches;

namespace Millrace.Graph;

/// <summary>The untyped input of a stage: what a host delivers to.</summary>
internal interface IInputPort
{
    void OnBatch(RecordBatch batch);

    void OnWatermark(long watermark);

    void OnIdle(bool idle);

    void Flush();
}
