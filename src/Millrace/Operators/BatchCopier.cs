using Millrace.Batches;
using Millrace.Copying;

namespace Millrace.Operators;

/// <summary>Copies batches with all their records, into one that is used again and again.</summary>
internal sealed class BatchCopier<T>
{
    private readonly ObjectCopier _copier = new();
    private RecordBatch<T>? _copy;

    /// <summary>Whether nobody can change the records, so that batches may be shared.</summary>
    public static bool IsNeedless => ObjectCopier.IsNeedless<T>();

    /// <summary>A copy of a batch; valid until the next.</summary>
    public RecordBatch<T> Copy(RecordBatch<T> batch)
    {
        if (_copy is null || _copy.Capacity < batch.Count)
        {
            _copy = new RecordBatch<T>(batch.Capacity);
        }

        _copy.Clear();
        _copy.Origins = batch.Origins;
        ReadOnlySpan<T> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        for (int i = 0; i < values.Length; i++)
        {
            _copy.Add(_copier.Copy(values[i]), timestamps[i]);
        }

        return _copy;
    }
}
