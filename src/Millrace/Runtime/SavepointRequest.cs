namespace Millrace.Runtime;

/// <summary>
/// A wish for a savepoint. Thread-safe.
/// <code>
/// Waiting -> Begun (by the coordinator) -> result or failure
///       \-> Abandoned (by who asked, or by time)
/// </code>
/// </summary>
internal sealed class SavepointRequest(bool stopAfterwards, string? target)
{
    private const int Waiting = 0;
    private const int Begun = 1;
    private const int Abandoned = 2;
    private readonly TaskCompletionSource<string> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state = Waiting;

    public bool StopAfterwards { get; } = stopAfterwards;

    public string? Target { get; } = target;

    /// <summary>Where the savepoint is.</summary>
    public Task<string> Location => _result.Task;

    /// <summary>Whether the savepoint is still wanted; from now on only its own timeout ends it.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Begun, Waiting) == Waiting;

    /// <summary>Gives the wish up, unless it has begun to be carried out.</summary>
    public bool TryAbandon(Exception reason) =>
        Interlocked.CompareExchange(ref _state, Abandoned, Waiting) == Waiting && _result.TrySetException(reason);

    public void Complete(string location) => _result.TrySetResult(location);

    public void Fail(Exception reason)
    {
        if (reason is OperationCanceledException cancelled)
        {
            _result.TrySetCanceled(cancelled.CancellationToken);
        }
        else
        {
            _result.TrySetException(reason);
        }
    }
}
