using System.Collections.Concurrent;
using Millrace.Connectors;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>The sending sides of a process's sinks, one per sink and task, each used by one caller at a time: two batches of a task may overlap when a lease was lost.</summary>
internal sealed class SinkSenders(DurableJobPlan plan, int origin, DurableServices services) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Sink, int Task), Entry> _senders = new();
    private volatile bool _disposed;
    private readonly Dictionary<string, IDurableSinkNode> _sinks =
        plan.Graph.Nodes.OfType<IDurableSinkNode>().ToDictionary(sink => plan.Graph.UidOf((StreamNode)sink), StringComparer.Ordinal);

    public DurableSinkGuarantee GuaranteeOf(string sinkUid) => SinkOf(sinkUid).Guarantee;

    /// <summary>Returns when the records are durable at their destination.</summary>
    public async Task SendAsync(string sinkUid, int task, int parallelism, IReadOnlyList<DurableSinkRecord> records, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Entry entry = _senders.GetOrAdd((sinkUid, task), _ => new Entry());
        await entry.Gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            entry.Sender ??= SinkOf(sinkUid).CreateSender(
                new ConnectorContext(plan.Graph.Name, sinkUid, task, parallelism, services.Time, services.LoggerFactory, services.CancellationToken) { Incarnation = IncarnationOf(sinkUid) });
            await entry.Sender.SendAsync(records, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            entry.Gate.Leave();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        foreach (Entry entry in _senders.Values)
        {
            await entry.Gate.CloseAsync().ConfigureAwait(false);
            if (entry.Sender is { } sender)
            {
                await sender.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    // Sequence numbers in a source's stage are offsets, which go on across savepoints of one store; those of keyed tasks begin anew.
    private string IncarnationOf(string sinkUid) =>
        plan.Graph.StageOf((StreamNode)SinkOf(sinkUid)).IsSource ? DurableNames.IncarnationOf(plan.Graph.Name, origin) : plan.Incarnation;

    private IDurableSinkNode SinkOf(string uid) => _sinks.TryGetValue(uid, out IDurableSinkNode? sink)
        ? sink
        : throw new InvalidOperationException(
            $"Job '{plan.Graph.Name}' has records for sink '{uid}' in its state but no such sink (it has {string.Join(", ", _sinks.Keys.Select(key => $"'{key}'"))}); give the sink the uid it had with WithUid.");

    private sealed class Entry
    {
        public ClosableGate Gate { get; } = new(nameof(SinkSenders));

        public IDurableSinkSender? Sender { get; set; }
    }
}
