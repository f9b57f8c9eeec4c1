using Millrace.State;

namespace Millrace.UserFunctions;

/// <summary>What broadcast records can see and change.</summary>
public interface IBroadcastContext
{
    /// <summary>The record's timestamp.</summary>
    long Timestamp { get; }

    /// <summary>The operator's watermark.</summary>
    long CurrentWatermark { get; }

    /// <summary>Now, in processing time.</summary>
    long CurrentProcessingTime { get; }

    /// <summary>A broadcast state.</summary>
    /// <typeparam name="TMapKey">Type of the map's keys.</typeparam>
    /// <typeparam name="TMapValue">Type of the map's values.</typeparam>
    /// <param name="descriptor">One of the descriptors that the stream was broadcast with.</param>
    IBroadcastState<TMapKey, TMapValue> GetBroadcastState<TMapKey, TMapValue>(MapStateDescriptor<TMapKey, TMapValue> descriptor)
        where TMapKey : notnull;

    /// <summary>Emits a record to a side output.</summary>
    /// <typeparam name="T">Type of the record.</typeparam>
    /// <param name="tag">The side output.</param>
    /// <param name="value">The record.</param>
    void Output<T>(OutputTag<T> tag, T value);
}

/// <summary>What the records of the stream that is not broadcast can see.</summary>
public interface IReadOnlyBroadcastContext : IProcessContext
{
    /// <summary>A broadcast state, for reading.</summary>
    /// <typeparam name="TMapKey">Type of the map's keys.</typeparam>
    /// <typeparam name="TMapValue">Type of the map's values.</typeparam>
    /// <param name="descriptor">One of the descriptors that the stream was broadcast with.</param>
    IReadOnlyBroadcastState<TMapKey, TMapValue> GetBroadcastState<TMapKey, TMapValue>(MapStateDescriptor<TMapKey, TMapValue> descriptor)
        where TMapKey : notnull;
}

/// <summary>What the records of a keyed stream connected with a broadcast stream can see.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
public interface IKeyedReadOnlyBroadcastContext<TKey> : IReadOnlyBroadcastContext
{
    /// <summary>The key being processed.</summary>
    TKey CurrentKey { get; }

    /// <summary>Which time the timer follows; meaningful in <c>OnTimer</c>.</summary>
    TimeDomain TimeDomain { get; }
}
