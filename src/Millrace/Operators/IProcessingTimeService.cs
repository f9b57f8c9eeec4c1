namespace Millrace.Operators;

/// <summary>Processing time of a task: callbacks run on the task's thread, between batches.</summary>
internal interface IProcessingTimeService
{
    /// <summary>Now, in milliseconds since the Unix epoch.</summary>
    long Now { get; }

    /// <summary>Calls back once, when <see cref="Now"/> has reached <paramref name="timestamp"/>.</summary>
    void Register(long timestamp, IProcessingTimeCallback callback);
}
