using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;

namespace Millrace.Durable.Hosting;

/// <summary>
/// One source partition in one process: its protocol state, its chain, and a gate, since a tick may complete what a trigger left.
/// </summary>
internal sealed class SourceSlot(DurableJobPlan plan, Graph.Stage stage, int upstream, DurableServices services) : IAsyncDisposable
{
    private volatile DurableSourceRunner? _runner;
    private long _aheadBefore;

    /// <summary>Whether the last write of the ledger has failed in a way that leaves open whether it has happened.</summary>
    public bool IsInDoubt { get; set; }

    public ClosableGate Gate { get; } = new(nameof(SourceSlot), services.Execution);

    public PartitionTask Task { get; } =
        new(new PartitionTaskOptions { IsPlanned = DurableJobPlan.IsPlanned(stage), Guards = services.Protocol.Guards });

    public DurableSourceRunner Runner => _runner ??= new DurableSourceRunner(plan, stage, upstream, services);

    /// <summary>Records that were too far ahead to move the watermark; read by any thread.</summary>
    public long RecordsAhead => Volatile.Read(ref _aheadBefore) + (_runner?.RecordsAhead ?? 0);

    /// <summary>Forgets a chain that has thrown: parts of a record may be left in it.</summary>
    public async ValueTask DropRunnerAsync()
    {
        if (_runner is { } runner)
        {
            _runner = null;
            Volatile.Write(ref _aheadBefore, _aheadBefore + runner.RecordsAhead);
            await runner.DisposeAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Gate.CloseAsync().ConfigureAwait(false);
        await DropRunnerAsync().ConfigureAwait(false);
    }
}

/// <summary>What one run of a source task is for.</summary>
/// <param name="Tasks">The way to the tasks.</param>
/// <param name="Limit">After this long the run ends with the next commit, wherever it is.</param>
internal sealed record SourceRun(IDurableTasks Tasks, TimeSpan Limit)
{
    /// <summary>Where envelopes and ledgers go; <see langword="null"/> = straight to the tasks and the store.</summary>
    public BatchGatherer? Gatherer { get; init; }

    /// <summary>The offset up to which a tick or savepoint completes the partition; <see langword="null"/> = a trigger's batch.</summary>
    public long? RepairTo { get; init; }

    /// <summary>Whether the partition is worked on although the job is suspended.</summary>
    public bool MayBeSuspended { get; init; }
}

/// <summary>Another process owns the partition: this one's work on the batch is discarded, and the batch is delivered again.</summary>
internal sealed class PartitionSupersededException(string message) : Exception(message);

/// <summary>A batch that could not be completed in the time that it has; what was done of it is committed.</summary>
internal sealed class BatchUnfinishedException(string message) : Exception(message);
