using System.Collections.Concurrent;
using Millrace.Connectors;
using Millrace.Durable.Tasks;
using Millrace.Graph;
using Millrace.Scheduling;

namespace Millrace.Durable.Hosting;

/// <summary>
/// The sending sides of a process's sinks, one per sink and task, each used by one caller at a time: two batches of a task may overlap when
/// a lease was lost. A sink that refused rests for a while that doubles with each refusal, whoever asks.
/// </summary>
internal sealed class SinkSenders(DurableJobPlan plan, DurableControl control, DurableServices services) : IAsyncDisposable
{
    private static readonly TimeSpan FirstRest = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(5);

    // Twice as long as an exactly-once sink takes to be refused again because its topic is missing.
    private static readonly TimeSpan ToldFor = TimeSpan.FromMinutes(2);
    private readonly ConcurrentDictionary<(string Sink, int Task), Entry> _senders = new();
    private volatile bool _disposed;
    private readonly Dictionary<string, StreamNode> _sinks = plan
        .Graph.Nodes.Where(node => node.Sink is not null)
        .ToDictionary(plan.Graph.UidOf, StringComparer.Ordinal);

    public DurableSinkGuarantee GuaranteeOf(string sinkUid) => SinkOf(sinkUid).Guarantee;

    /// <summary>Why a sink is not to be asked now; <see langword="null"/> = it may be asked.</summary>
    public string? RestOf(string sinkUid, int task) =>
        _senders.TryGetValue((sinkUid, task), out Entry? entry) && Left(entry) > TimeSpan.Zero ? entry.Refusal!.Reason : null;

    /// <summary>Returns when the records are durable at their destination. Where the sink rests, that is waited for.</summary>
    public async Task SendAsync(
        string sinkUid,
        int task,
        int parallelism,
        IReadOnlyList<DurableSinkRecord> records,
        CancellationToken cancellationToken
    )
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Entry entry = _senders.GetOrAdd((sinkUid, task), _ => new Entry(services.Execution));
        await entry.Gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Left(entry) is { } rest && rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, services.Time, cancellationToken).ConfigureAwait(false);
            }

            entry.Sender ??= services.CreateSender(
                SinkOf(sinkUid),
                entry.Context = new ConnectorContext(
                    plan.Graph.Name,
                    sinkUid,
                    task,
                    parallelism,
                    services.Time,
                    services.LoggerFactory,
                    services.CancellationToken
                )
                {
                    Incarnation = IncarnationOf(sinkUid),
                    ReaderOf = plan.Graph.ReaderOf,
                }
            );
            await entry.Sender.SendAsync(records, cancellationToken).ConfigureAwait(false);
            entry.Refusal = null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Refusal? last = entry.Refusal;
            TimeSpan next = last is null ? FirstRest : last.Rest * 2;
            entry.Refusal = new Refusal(
                services.Time.GetTimestamp(),
                next < LongestRest ? next : LongestRest,
                exception.Message,
                last?.Since ?? services.Time.GetUtcNow()
            );
            throw;
        }
        finally
        {
            entry.Gate.Leave();
        }
    }

    /// <summary>What sinks of this process wait for, and why they were refused lately.</summary>
    public IReadOnlyList<ConnectorWait> Waiting() =>
        [
            .. _senders
                .OrderBy(sender => sender.Key.Sink, StringComparer.Ordinal)
                .ThenBy(sender => sender.Key.Task)
                .SelectMany(sender => WaitsOf(sender.Key.Sink, sender.Value))
                .DistinctBy(wait => (wait.Subject, wait.Error)),
        ];

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

    // A sink that nothing is sent to any more, because another process does so, is not asked again.
    private IEnumerable<ConnectorWait> WaitsOf(string sinkUid, Entry entry)
    {
        string sink = $"sink '{sinkUid}' ({string.Join(", ", NodeOf(sinkUid).Topics)})";
        if (entry.Context?.Metrics.Waiting is { } wait)
        {
            yield return wait with
            {
                Subject = $"{sink}: {wait.Subject}",
            };
        }

        if (entry.Refusal is { } refusal && services.Time.GetElapsedTime(refusal.At) < ToldFor)
        {
            yield return new ConnectorWait(sink, refusal.Reason, refusal.Since);
        }
    }

    // Sequence numbers in a source's stage are offsets, which go on across savepoints of one store; those of keyed tasks begin anew.
    private string IncarnationOf(string sinkUid) =>
        (plan.Graph.StageOf(NodeOf(sinkUid)).IsSource ? DurableNames.IncarnationOf(plan.Graph.Name, control.Origin) : plan.Incarnation)
        + (control.Id is { } id ? $"-{id}" : "");

    private IDurableSink SinkOf(string uid) => (IDurableSink)NodeOf(uid).Sink!;

    private StreamNode NodeOf(string uid) =>
        _sinks.TryGetValue(uid, out StreamNode? sink)
            ? sink
            : throw new InvalidOperationException(
                $"Job '{plan.Graph.Name}' has records for sink '{uid}' in its state but no such sink (it has "
                    + $"{string.Join(", ", _sinks.Keys.Select(key => $"'{key}'"))}); give the sink the uid it had with WithUid."
            );

    private TimeSpan Left(Entry entry) =>
        entry.Refusal is { } refusal ? refusal.Rest - services.Time.GetElapsedTime(refusal.At) : TimeSpan.Zero;

    private sealed record Refusal(long At, TimeSpan Rest, string Reason, DateTimeOffset Since);

    private sealed class Entry(Execution execution)
    {
        public ClosableGate Gate { get; } = new(nameof(SinkSenders), execution);

        public IDurableSinkSender? Sender { get; set; }

        public ConnectorContext? Context { get; set; }

        // Read without the gate.
        public volatile Refusal? Refusal;
    }
}
