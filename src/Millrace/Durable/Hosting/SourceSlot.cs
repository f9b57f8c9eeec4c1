using Millrace.Ledger;

namespace Millrace.Durable.Hosting;

/// <summary>One source partition in one process: its protocol state, its chain, and a gate, since a tick may complete what a trigger left.</summary>
internal sealed class SourceSlot(DurableJobPlan plan, Graph.Stage stage, int upstream, DurableServices services) : IAsyncDisposable
{
    private DurableSourceRunner? _runner;

    public SemaphoreSlim Gate { get; } = new(1);

    public SourceTask Task { get; } = new(new SourceTaskOptions { IsPlanned = DurableJobPlan.IsPlanned(stage) });

    public DurableSourceRunner Runner => _runner ??= new DurableSourceRunner(plan, stage, upstream, services);

    /// <summary>Forgets a chain that has thrown: parts of a record may be left in it.</summary>
    public async ValueTask DropRunnerAsync()
    {
        if (_runner is { } runner)
        {
            _runner = null;
            await runner.DisposeAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        await DropRunnerAsync().ConfigureAwait(false);
        Gate.Dispose();
    }
}
