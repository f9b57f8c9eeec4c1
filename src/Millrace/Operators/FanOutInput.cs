using Millrace.Batches;
using Millrace.Copying;

namespace Millrace.Operators;

/// <summary>
/// Hands the same stream to several readers. Where its records can be changed, each reader that keeps them or may change them has copies of
/// its own; the last one has the records themselves.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
/// <param name="targets">The readers, and whether each only reads, and only during the call.</param>
/// <param name="copies">Whether mutable records are copied.</param>
internal sealed class FanOutInput<T>(IReadOnlyList<(IInput<T> Input, bool OnlyReads)> targets, bool copies) : IInput<T>
{
    private readonly IInput<T>[] _targets = [.. targets.Select(target => target.Input)];
    private readonly BatchCopier<T>?[] _copiers =
        BatchCopier<T>.IsNeedless || !copies
            ? new BatchCopier<T>?[targets.Count]
            : [.. targets.Select((target, index) => target.OnlyReads || index == targets.Count - 1 ? null : new BatchCopier<T>())];

    public void OnBatch(RecordBatch<T> batch)
    {
        for (int i = 0; i < _targets.Length; i++)
        {
            if (_copiers[i] is { } copier)
            {
                RecordBatch<T> copy = copier.Copy(batch);
                _targets[i].OnBatch(copy);
                copy.Clear();
            }
            else
            {
                _targets[i].OnBatch(batch);
            }
        }
    }

    public void OnWatermark(long watermark)
    {
        foreach (IInput<T> target in _targets)
        {
            target.OnWatermark(watermark);
        }
    }

    public void OnIdle(bool idle)
    {
        foreach (IInput<T> target in _targets)
        {
            target.OnIdle(idle);
        }
    }

    public void Flush()
    {
        foreach (IInput<T> target in _targets)
        {
            target.Flush();
        }
    }
}

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
