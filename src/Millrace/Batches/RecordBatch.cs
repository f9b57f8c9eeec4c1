using System.Runtime.CompilerServices;

namespace Millrace.Batches;

/// <summary>The untyped face of a batch: what channels, pools and hosts need to move it.</summary>
public abstract class RecordBatch
{
    /// <summary>The timestamp of a record that has none. Equals Flink's <c>Long.MIN_VALUE</c> convention.</summary>
    public const long NoTimestamp = long.MinValue;

    /// <summary>Number of records in the batch.</summary>
    public int Count { get; protected set; }

    /// <summary>Number of records that fit before <see cref="IsFull"/>.</summary>
    public abstract int Capacity { get; }

    /// <summary>Where the records came from, in a run that traces them; <see langword="null"/> = not known.</summary>
    internal RecordOrigin[]? Origins { get; set; }

    /// <summary>Whether another record would not fit.</summary>
    public bool IsFull => Count == Capacity;

    /// <summary>Forgets all records and drops references to them, so that a pooled batch keeps nothing alive.</summary>
    public abstract void Clear();
}

/// <summary>
/// The unit of work on the hot path: a column of values and a column of event timestamps (milliseconds since the Unix epoch,
/// <see cref="RecordBatch.NoTimestamp"/> where a record has none). A batch belongs to whoever fills it; a receiver may read it only during
/// the call that hands it over, unless it came out of a channel, which returns it to its pool afterwards.
/// </summary>
/// <typeparam name="T">Type of the values.</typeparam>
public class RecordBatch<T> : RecordBatch
{
    private readonly T[] _values;
    private readonly long[] _timestamps;

    /// <summary>Creates an empty batch.</summary>
    /// <param name="capacity">Number of records that fit, at least 1.</param>
    public RecordBatch(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _values = new T[capacity];
        _timestamps = new long[capacity];
    }

    /// <inheritdoc/>
    public sealed override int Capacity => _values.Length;

    /// <summary>The values, in order of arrival.</summary>
    public ReadOnlySpan<T> Values => _values.AsSpan(0, Count);

    /// <summary>The event timestamps, one per value, in milliseconds since the Unix epoch.</summary>
    public ReadOnlySpan<long> Timestamps => _timestamps.AsSpan(0, Count);

    /// <summary>The timestamps, writable: for the timestamp assigner of a source.</summary>
    internal Span<long> MutableTimestamps => _timestamps.AsSpan(0, Count);

    /// <summary>Appends a record. The batch must not be full.</summary>
    /// <param name="value">The value.</param>
    /// <param name="timestamp">Event timestamp in milliseconds since the Unix epoch.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(T value, long timestamp)
    {
        int count = Count;
        _values[count] = value;
        _timestamps[count] = timestamp;
        Count = count + 1;
    }

    /// <summary>Appends records. They must fit.</summary>
    /// <param name="values">The values.</param>
    /// <param name="timestamps">Event timestamps, one per value.</param>
    public void AddRange(ReadOnlySpan<T> values, ReadOnlySpan<long> timestamps)
    {
        values.CopyTo(_values.AsSpan(Count));
        timestamps.CopyTo(_timestamps.AsSpan(Count));
        Count += values.Length;
    }

    /// <summary>Appends a record of another batch of the same kind, with its key where it has one.</summary>
    internal virtual void AddFrom(RecordBatch<T> other, int row) => Add(other._values[row], other._timestamps[row]);

    /// <summary>Forgets the records from an index on.</summary>
    internal void Truncate(int count)
    {
        if (count < Count)
        {
            _values.AsSpan(count, Count - count).Clear();
            Count = count;
        }
    }

    /// <inheritdoc/>
    public override void Clear()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            Array.Clear(_values, 0, Count);
        }

        Count = 0;
    }
}
