namespace Millrace.Operators;

/// <summary>Processing time of a task: callbacks run on the task's thread, between batches.</summary>
internal interface IProcessingTimeService
{
    /// <summary>Now, in milliseconds since the Unix epoch.</summary>
    long Now { get; }

    /// <summary>Runs an action on the task's thread, soon; may be called by any thread.</summary>
    void Execute(Action action);

    /// <summary>Calls back once, when <see cref="Now"/> has reached <paramref name="timestamp"/>.</summary>
    void Register(long timestamp, IProcessingTimeCallback callback);
}

/// <summary>Called when processing time has reached a registered timestamp.</summary>
internal interface IProcessingTimeCallback
{
    void OnProcessingTime(long timestamp);
}
