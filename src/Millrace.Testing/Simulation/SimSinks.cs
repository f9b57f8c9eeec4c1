using System.Globalization;
using Millrace.Connectors;
using Millrace.Durable.Protocol;

namespace Millrace.Testing.Simulation;

/// <summary>The sinks' topics: plain appends, and transactions with fencing as Kafka has them.</summary>
internal sealed class SimSinks
{
    private readonly Dictionary<string, (int Epoch, List<SimSent> Open)> _producers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _markers = new(StringComparer.Ordinal);
    private readonly List<SimSent> _committed = [];
    private IReadOnlyList<SimulatedOutput> _before = [];
    private int _after;

    /// <summary>
    /// What a read_committed reader sees; where the job was set back to an older savepoint, what there was then and what came since.
    /// </summary>
    public IReadOnlyList<SimulatedOutput> Committed =>
        [.. _before, .. _committed.Where(sent => sent.Incarnation > _after).Select(static sent => sent.Record)];

    /// <summary>
    /// The job is set back: what its states up to now have written is made again, but for what there was at the savepoint.
    /// </summary>
    public void SetBack(IReadOnlyList<SimulatedOutput> before, int incarnation) => (_before, _after) = (before, incarnation);

    public bool Append(ReadOnlySpan<SimSent> records)
    {
        _committed.AddRange(records);
        return true;
    }

    /// <summary>Fences older producers of the id, aborts their open transaction, and returns the new producer epoch.</summary>
    public int Initialize(string id)
    {
        int epoch = _producers.GetValueOrDefault(id).Epoch + 1;
        _producers[id] = (epoch, []);
        return epoch;
    }

    public long ReadMarker(string key) => _markers.GetValueOrDefault(key, SinkProgress.None);

    public bool Produce(string id, int epoch, ReadOnlySpan<SimSent> records)
    {
        Fenced(id, epoch).AddRange(records);
        return true;
    }

    public bool Commit(string id, int epoch, string markerKey, long marker)
    {
        List<SimSent> open = Fenced(id, epoch);
        _committed.AddRange(open);
        open.Clear();
        _markers[markerKey] = marker;
        return true;
    }

    private List<SimSent> Fenced(string id, int epoch) =>
        _producers[id] is var producer && producer.Epoch == epoch
            ? producer.Open
            : throw new SimConflictException(
                $"transactional id '{id}' has producer epoch {producer.Epoch}, this producer has {epoch}: fenced"
            );
}

/// <summary>The sending side of a sink's task in one process: awaited appends, or transactions with a progress marker as Kafka's.</summary>
internal sealed class SimSender(SimWorld world, SimProcess process, ConnectorContext context) : IDurableSinkSender
{
    private readonly string _id = SinkProgress.TransactionalId(context.JobName, context.OperatorUid, context.TaskIndex);
    private readonly string _marker = $"{context.Incarnation}/{context.OperatorUid}/{context.TaskIndex}";
    private readonly SinkProgress _progress = new(world.Guards.HasFlag(ProtocolGuards.SinkMarker));
    private int _producerEpoch;

    public Task SendAsync(IReadOnlyList<DurableSinkRecord> records, CancellationToken cancellationToken) =>
        (
            records.Count == 0 ? Task.CompletedTask
            : world.Job.GuaranteeOf(context.OperatorUid) == SimulatedSink.ExactlyOnce ? CommitAsync(records)
            : AppendAsync(records)
        ).WaitAsync(cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task AppendAsync(IReadOnlyList<DurableSinkRecord> records)
    {
        SimSent[] all = [.. records.Select(OutputOf)];
        if (world.Faults.Fires(SimulatedFault.SinkError))
        {
            int some = world.Random.Below(all.Length + 1);
            await world
                .Call(
                    process,
                    $"append {some} of {all.Length} records of {_id}",
                    world.Brokered(() => world.Sinks.Append(all.AsSpan(0, some)))
                )
                .ConfigureAwait(false);
            throw new SimFaultException($"{_id}: append failed");
        }

        await world
            .Call(
                process,
                $"append {all.Length} records of {_id}",
                world.Brokered(() => world.Sinks.Append(all)),
                null,
                SimulatedFault.SinkReplyLost
            )
            .ConfigureAwait(false);
    }

    private async Task CommitAsync(IReadOnlyList<DurableSinkRecord> records)
    {
        try
        {
            if (!_progress.IsOpen)
            {
                _producerEpoch = await world
                    .Call(process, $"initialize {_id}", world.Brokered(() => world.Sinks.Initialize(_id)), SimulatedFault.SinkError)
                    .ConfigureAwait(false);
                _progress.Opened(
                    await world
                        .Call(
                            process,
                            $"read marker {_marker}",
                            world.Brokered(() => world.Sinks.ReadMarker(_marker)),
                            SimulatedFault.SinkError
                        )
                        .ConfigureAwait(false)
                );
            }

            SimSent[] rest = [.. records.Where(record => _progress.MustSend(record.Sequence)).Select(OutputOf)];
            if (rest.Length == 0)
            {
                return;
            }

            (int epoch, long marker) = (_producerEpoch, records[^1].Sequence);
            await world
                .Call(
                    process,
                    $"produce {rest.Length} in {_id}",
                    world.Brokered(() => world.Sinks.Produce(_id, epoch, rest)),
                    SimulatedFault.SinkError
                )
                .ConfigureAwait(false);
            await world
                .Call(
                    process,
                    $"commit {_id} to {marker}",
                    world.Brokered(() => world.Sinks.Commit(_id, epoch, _marker, marker)),
                    SimulatedFault.SinkError,
                    SimulatedFault.SinkReplyLost
                )
                .ConfigureAwait(false);
            _progress.Committed(marker);
        }
        catch
        {
            _progress.Lost();
            throw;
        }
    }

    private SimSent OutputOf(DurableSinkRecord record) => SimSent.Of(context.OperatorUid, context.Incarnation, record.Id, record.Data);
}

/// <summary>A record that a sink got.</summary>
/// <param name="Record">The record.</param>
/// <param name="Incarnation">The number of the job's state that it is from.</param>
internal readonly record struct SimSent(SimulatedOutput Record, int Incarnation)
{
    /// <param name="sink">The sink's uid.</param>
    /// <param name="incarnation">The state's name: the job, #, the number, and perhaps an id.</param>
    /// <param name="id">The record's id.</param>
    /// <param name="data">The record.</param>
    public static SimSent Of(string sink, string incarnation, string id, ReadOnlyMemory<byte> data) =>
        new(
            new SimulatedOutput(sink, id, SimJob.Describe(data)),
            int.Parse(incarnation[(incarnation.LastIndexOf('#') + 1)..].Split('-')[0], CultureInfo.InvariantCulture)
        );
}
