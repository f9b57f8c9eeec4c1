using Millrace.Checkpoints;
using Millrace.Durable.Tasks;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>The state with which tasks of an incarnation begin. Thread-safe.</summary>
internal sealed class RestoredState(DurableJob job)
{
    private readonly ClosableGate _gate = new(nameof(RestoredState), job.Services.Execution);
    private RestoredCheckpoint? _savepoint;

    /// <summary>The logic of a task; from the savepoint where it has no state of its own yet.</summary>
    public async Task<DurableTaskLogic> CreateLogicAsync(Stage stage, int task, bool hasState, CancellationToken cancellationToken)
    {
        DurableTaskLogic logic = new(job.Plan, stage, task, job.Services);
        if (!hasState && await LoadAsync(cancellationToken).ConfigureAwait(false) is { } savepoint)
        {
            logic.Restore(savepoint);
        }

        return logic;
    }

    /// <summary>The savepoint that this incarnation came from, if any.</summary>
    public async Task<RestoredCheckpoint?> LoadAsync(CancellationToken cancellationToken)
    {
        if (job.Control.RestoredFrom is null || _savepoint is not null)
        {
            return _savepoint;
        }

        await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _savepoint ??= await CheckpointLoader
                .LoadAsync(job.Store, DurableNames.SavepointOf(job.Control.RestoredFrom), cancellationToken, job.Services.Execution)
                .ConfigureAwait(false);
        }
        finally
        {
            _gate.Leave();
        }
    }
}
