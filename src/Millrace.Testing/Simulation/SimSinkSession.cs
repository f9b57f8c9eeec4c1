using Millrace.Ledger;

namespace Millrace.Testing.Simulation;

/// <summary>
/// A transactional producer in a process. One transaction at a time: two batches of one task may run in one process, when a lease was lost,
/// and must not write into each other's transaction.
/// </summary>
internal sealed class SimSinkSession(ProtocolGuards guards)
{
    private readonly Queue<TaskCompletionSource> _waiting = [];
    private bool _isBusy;

    public SinkProgress Progress { get; } = new(guards);

    public int ProducerEpoch { get; set; }

    public Task EnterAsync()
    {
        if (!_isBusy)
        {
            _isBusy = true;
            return Task.CompletedTask;
        }

        TaskCompletionSource turn = new();
        _waiting.Enqueue(turn);
        return turn.Task;
    }

    public void Exit()
    {
        if (_waiting.TryDequeue(out TaskCompletionSource? next))
        {
            next.SetResult();
        }
        else
        {
            _isBusy = false;
        }
    }
}
