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
