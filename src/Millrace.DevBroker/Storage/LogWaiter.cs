namespace Millrace.DevBroker.Storage;

/// <summary>One long poll: it is signalled once, by whichever log grows first, by its timer or by the end of its connection.</summary>
internal sealed class LogWaiter
{
    private readonly TaskCompletionSource _signalled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Signalled => _signalled.Task;

    public void Signal() => _signalled.TrySetResult();
}
