namespace Millrace.UserFunctions;

/// <summary>What a process function learns about the record at hand, and its side outputs.</summary>
public interface IProcessContext
{
    /// <summary>The record's or timer's timestamp; <see cref="Batches.RecordBatch.NoTimestamp"/> if it has none.</summary>
    long Timestamp { get; }

    /// <summary>Time, and the timers of the current key. On a stream without keys timers cannot be set.</summary>
    ITimerService TimerService { get; }

    /// <summary>Emits a record to a side output.</summary>
    /// <typeparam name="T">Type of the record.</typeparam>
    /// <param name="tag">The side output.</param>
    /// <param name="value">The record.</param>
    void Output<T>(OutputTag<T> tag, T value);
}

/// <summary>What a keyed process function learns about the record at hand.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
public interface IKeyedProcessContext<TKey> : IProcessContext
{
    /// <summary>The key being processed.</summary>
    TKey CurrentKey { get; }
}

/// <summary>What a keyed process function learns about a timer that is due.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
public interface IOnTimerContext<TKey> : IKeyedProcessContext<TKey>
{
    /// <summary>Which time the timer follows.</summary>
    TimeDomain TimeDomain { get; }
}
