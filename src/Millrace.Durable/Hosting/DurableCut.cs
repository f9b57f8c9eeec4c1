using Millrace.Durable.Protocol;

namespace Millrace.Durable.Hosting;

/// <summary>
/// What a suspended job's ledgers and tasks say at one moment, and whether that is one consistent state: everything sent was applied and
/// nothing is under way.
/// </summary>
internal sealed class DurableCut(DurableJob job)
{
    private readonly Dictionary<(string Stage, int Upstream), LedgerState> _ledgers = [];
    private readonly Dictionary<(string Stage, int Task), (TaskCheckpoint Protocol, TaskImage State)> _tasks = [];

    public void Add(Graph.Stage source, int upstream, LedgerState ledger) => _ledgers[(source.Uid, upstream)] = ledger;

    public void Add(Graph.Stage stage, int task, TaskImage state)
    {
        TaskCheckpoint protocol = new();
        ReadOnlyMemory<byte> logic = state.Head.IsEmpty
            ? default
            : TaskCheckpointCodec.Read(state.Head, job.Plan.OptionsOf(stage, task), protocol);
        _tasks[(stage.Uid, task)] = (protocol, state with { Head = logic });
    }

    /// <summary>The engine's part of a task's state; empty where the task has none.</summary>
    public TaskImage StateOf(Graph.Stage stage, int task) => _tasks[(stage.Uid, task)].State;

    public bool HasState(Graph.Stage stage, int task) => !_tasks[(stage.Uid, task)].State.Head.IsEmpty;

    public IEnumerable<(int Upstream, LedgerState Ledger)> LedgersOf(Graph.Stage source) =>
        _ledgers
            .Where(entry => string.Equals(entry.Key.Stage, source.Uid, StringComparison.Ordinal))
            .Select(entry => (entry.Key.Upstream, entry.Value));

    /// <summary>Whether every task has taken the end of time and put out all that followed from it.</summary>
    public bool IsDrained => IsConsistent(out _) && _tasks.Values.All(task => task.Protocol.Watermark == long.MaxValue);

    /// <summary>Partitions whose receivers are ahead of the ledger, with the offset that it has to reach.</summary>
    public IEnumerable<(Graph.Stage Source, int Upstream, long To)> Behind()
    {
        foreach (Graph.Stage source in job.Plan.Sources)
        {
            foreach ((int upstream, LedgerState ledger) in LedgersOf(source))
            {
                long applied = _tasks
                    .Values.SelectMany(task => task.Protocol.Channels.Values.Select(channel => (Channel: channel, task.Protocol.IsFrozen)))
                    .Where(end => end.Channel.Id.Upstream == upstream && IsFrom(source, end.Channel.Id))
                    .Select(end => Math.Max(end.Channel.Applied, end.IsFrozen ? -1 : HeldTo(end.Channel)))
                    .DefaultIfEmpty(-1)
                    .Max();
                if (applied >= ledger.Next)
                {
                    yield return (source, upstream, applied);
                }
            }
        }
    }

    /// <param name="why">The first thing that is not settled.</param>
    public bool IsConsistent(out string why)
    {
        foreach (((string stage, int index), (TaskCheckpoint protocol, _)) in _tasks)
        {
            if (protocol.Envelopes.Count > 0 || protocol.SinkEntries.Count > 0)
            {
                why =
                    $"task {stage}/{index} has {protocol.Envelopes.Count} envelopes and {protocol.SinkEntries.Count} sink records to send";
                return false;
            }

            foreach (ChannelReceiver channel in protocol.Channels.Values)
            {
                // What a frozen task keeps comes again after a start from the savepoint, and is applied where the job goes on.
                if (channel.Held.Count > 0 && !protocol.IsFrozen)
                {
                    why = $"task {stage}/{index} keeps {channel.Held.Count} envelopes of channel {channel.Id} that it cannot apply yet";
                    return false;
                }
            }
        }

        foreach ((ChannelId channel, long sent) in Sent())
        {
            (TaskCheckpoint protocol, _) = _tasks[(job.Plan.TargetOf(channel).Uid, channel.Downstream)];
            long applied = protocol.Channels.TryGetValue(channel, out ChannelReceiver? receiver) ? receiver.Applied : SentPositions.None;
            if (applied < sent)
            {
                why = $"channel {channel} has applied {applied} of {sent}";
                return false;
            }
        }

        why = "";
        return !Behind().Any();
    }

    private IEnumerable<(ChannelId Channel, long Position)> Sent()
    {
        foreach (LedgerState ledger in _ledgers.Values)
        {
            foreach (KeyValuePair<ChannelId, long> entry in ledger.Sent.Entries.ToArray())
            {
                yield return (entry.Key, entry.Value);
            }
        }

        foreach ((TaskCheckpoint protocol, _) in _tasks.Values)
        {
            foreach ((ChannelId channel, long position) in protocol.Positions)
            {
                yield return (channel, position);
            }
        }
    }

    private static long HeldTo(ChannelReceiver channel) => channel.Held.Count == 0 ? -1 : channel.Held.Max(held => held.To);

    private bool IsFrom(Graph.Stage source, ChannelId channel) =>
        source.OutputEdges.Exists(edge => string.Equals(edge.NameIn(job.Plan.Graph), channel.Edge, StringComparison.Ordinal));
}
