using System.Buffers.Binary;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Graph;

namespace Millrace.Testing.Simulation;

/// <summary>Everything that outlives a process, and the processes. All asynchrony runs through calls and delays.</summary>
internal sealed class SimWorld
{
    public const long LeaseTime = 900;
    public const long SessionTime = 1200;

    public SimWorld(SimulationShape shape, SimJob job, ulong seed, SimFaults faults, ProtocolGuards guards, bool keepsTrace)
    {
        (Shape, Job, Faults, Guards) = (shape, job, faults, guards);
        Random = new SimRandom(SimRandom.Mix(seed ^ 0x50C1A1));
        Trace = new SimTrace(keepsTrace, Scheduler);
        Group = new SimGroup(Topic, Random);
        Entities = new SimEntities(this);
        faults.Happened += fault => Trace.Add(null, $"FAULT {fault}");
    }

    private long _ids;
    private long _storageIsBackAt;
    private long _brokersAreBackAt;
    private string? _recreatedTopic;

    public SimulationShape Shape { get; }

    public SimJob Job { get; }

    public SimScheduler Scheduler { get; } = new();

    public SimRandom Random { get; }

    public SimFaults Faults { get; }

    public ProtocolGuards Guards { get; }

    public SimTrace Trace { get; }

    public SimBlobs Blobs { get; } = new();

    public SimTopic Topic { get; } = new();

    public SimGroup Group { get; }

    public SimEntities Entities { get; }

    public SimSinks Sinks { get; } = new();

    public List<SimProcess> Processes { get; } = [];

    /// <summary>How often what the protocol is there for was seen, by the product's own name for it.</summary>
    public Dictionary<string, int> Observed { get; } = new(StringComparer.Ordinal);

    /// <summary>What must never be, seen in the middle of a run.</summary>
    public string? Violation { get; private set; }

    /// <summary>Called when a process has died or left, so that another may start.</summary>
    public Action<SimProcess>? Gone { get; set; }

    /// <summary>Called when a ledger was written: a start from a savepoint may be half done.</summary>
    public Action? LedgerWritten { get; set; }

    public void Violate(string what)
    {
        Violation ??= what;
        Trace.Until = long.MaxValue;
        Trace.Add(null, "VIOLATION " + what);
    }

    /// <summary>
    /// A call from a process to the world: it leaves, takes effect, and is answered, each at a time of its own. A process that dies or
    /// stands still in between gets its answer never or late; the effect happens all the same.
    /// </summary>
    public Task<T> Call<T>(
        SimProcess process,
        string what,
        Func<T> effect,
        SimulatedFault? error = null,
        SimulatedFault? replyLost = null,
        SimulatedFault? slow = null
    )
    {
        TaskCompletionSource<T> answer = new();
        if (!process.IsAlive)
        {
            return answer.Task;
        }

        if (Faults.Fires(SimulatedFault.CrashBeforeCall))
        {
            Crash(process, "before " + what);
            return answer.Task;
        }

        int delay = Random.Between(1, 6) + (slow is { } kind && Faults.Fires(kind) ? Random.Between(500, 4000) : 0);
        Scheduler.After(delay, () => TakeEffect(process, what, effect, error, replyLost, answer));
        return answer.Task;
    }

    public Task<T> Call<T>(SimProcess process, string what, Func<T> effect) => Call(process, what, effect, null);

    /// <summary>Does something in a process after a time, unless it has died; if it stands still, when it goes on.</summary>
    public void After(SimProcess process, long milliseconds, Action action) => Scheduler.After(milliseconds, () => Reach(process, action));

    /// <summary>Work that nobody waits for: what it throws is a failure of the run.</summary>
    public async void Watch(Task work)
    {
        try
        {
            await work.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Violate($"Something threw that nobody expected: {exception}");
        }
    }

    public void Observe(string what) => Observed[what] = Observed.GetValueOrDefault(what) + 1;

    /// <summary>Ids that nobody else has, the same in every run of a seed.</summary>
    public Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, ++_ids);
        return new Guid(bytes);
    }

    /// <summary>The savepoint that processes are told to start from, from now on; <see langword="null"/> = none.</summary>
    public string? RestoreFrom { get; set; }

    /// <summary>Lets storage refuse everything for some seconds.</summary>
    public void TakeStorageAway()
    {
        _storageIsBackAt = Scheduler.Now + Random.Between(1_000, 15_000);
        Trace.Add(null, $"storage is away until {_storageIsBackAt}");
    }

    /// <summary>What a call does that reaches the storage account: blobs, queues and tables are away together.</summary>
    /// <exception cref="SimFaultException">It is away.</exception>
    public Func<T> Stored<T>(Func<T> effect) =>
        () => Scheduler.Now < _storageIsBackAt ? throw new SimFaultException("storage is away") : effect();

    /// <summary>A call of the store, its blobs or its table.</summary>
    /// <param name="process">Who calls.</param>
    /// <param name="what">What is asked for.</param>
    /// <param name="name">What it is about.</param>
    /// <param name="effect">What it does.</param>
    /// <param name="replyLost">The fault by which it has its effect and no answer, if any.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<T> CallStore<T>(
        SimProcess process,
        string what,
        string name,
        Func<T> effect,
        SimulatedFault? replyLost,
        CancellationToken cancellationToken
    ) =>
        Call(
                process,
                Trace.IsKept ? $"{what} {name[(name.IndexOf("functions/", StringComparison.Ordinal) + 1)..]}" : what,
                Stored(effect),
                SimulatedFault.BlobError,
                replyLost,
                SimulatedFault.BlobSlow
            )
            .WaitAsync(cancellationToken);

    /// <summary>The store's table.</summary>
    public SimBlobs Table { get; } = new();

    /// <summary>What processes that start now are told.</summary>
    public bool KeepsLedgersInTable { get; set; }

    /// <summary>Where the job's ledgers are.</summary>
    public SimBlobs LedgersOf(DurableControl control) => control.Ledgers is null or DurableControl.Moving ? Blobs : Table;

    /// <summary>Whether processes that start now list topics in the other order.</summary>
    public bool HasReversedTopics { get; set; }

    public bool AreBrokersAway => Scheduler.Now < _brokersAreBackAt;

    /// <summary>Lets the brokers answer nobody for some seconds.</summary>
    public void TakeBrokersAway()
    {
        _brokersAreBackAt = Scheduler.Now + Random.Between(1_000, 20_000);
        Trace.Add(null, $"brokers are away until {_brokersAreBackAt}");
    }

    /// <summary>What a call does that reaches the brokers.</summary>
    /// <exception cref="SimFaultException">They are away.</exception>
    public Func<T> Brokered<T>(Func<T> effect) => () => AreBrokersAway ? throw new SimFaultException("brokers are away") : effect();

    /// <summary>Whether a topic is another one than the job began with: it must refuse to go on.</summary>
    public bool IsTopicRecreated => _recreatedTopic is not null;

    /// <summary>What tells a topic from an earlier one of its name.</summary>
    public Guid TopicIdOf(string topic) => new(topic == _recreatedTopic ? 2 : 1, 0, 0, new byte[8]);

    /// <summary>Deletes a topic and creates it again; what is in it then has other offsets.</summary>
    public void RecreateTopic(string topic)
    {
        _recreatedTopic = topic;
        Trace.Add(null, $"topic {topic} is created anew");
        for (int i = 0; i < Job.Partitions.Count; i++)
        {
            if (Job.Partitions[i].Topic == topic)
            {
                long end = Topic.EndOf(i);
                Topic.Recreate(i);
                Group.Forget(i);
                for (int number = 0; number < end + 5; number++)
                {
                    Topic.Append(new SimRecord(i, WindowedSumJob.RecordOf(Shape.Topics, i, Foreign + number, 0, 3, 0, 0)));
                }
            }
        }
    }

    /// <summary>Numbers of records that nobody may count are above this.</summary>
    public const int Foreign = 1_000_000;

    /// <summary>What the store says of the job; <see langword="null"/> = it has not begun.</summary>
    public DurableControl? ReadControl() =>
        Blobs.Get(DurableNames.ControlOf(Job.Name)) is { } stored ? DurableControlJson.Read(stored, "control") : null;

    /// <summary>A partition's ledger; <see langword="null"/> = it has none.</summary>
    public LedgerState? ReadLedger(DurableControl control, int partition)
    {
        string name = LedgerOf(control, partition);
        return LedgersOf(control).Get(name) is { } found ? LedgerCodec.Decode(Checksums.Open(found, name)) : null;
    }

    public string LedgerOf(DurableControl control, int partition)
    {
        SimPartition of = Job.Partitions[partition];
        Stage source = Job.Plan.Sources.First(stage => stage.Uid == of.Source);
        return DurableNames.LedgerOf(Job.Name, control.Incarnation, source, Job.UpstreamOf(control, of));
    }

    /// <summary>The protocol's part of a task's last saved state.</summary>
    public TaskCheckpoint Inspect(DurableControl control, Stage stage, int task)
    {
        TaskCheckpoint checkpoint = new();
        TaskState? state = Entities.Of(new TaskKey(TaskKey.KeyOf(Job.Name), control.Incarnation, TaskKey.KeyOf(stage.Uid), task)).State;
        ReadOnlyMemory<byte> bytes = state?.Blob is { } blob ? Checksums.Open(Blobs.Get(blob)!, blob) : state?.Bytes;
        if (!bytes.IsEmpty)
        {
            DurableJobPlan plan = new(Job.Plan.Graph, DurableNames.IncarnationOf(Job.Name, control.Incarnation));
            TaskCheckpointCodec.Read(bytes, plan.OptionsOf(stage, task), checkpoint);
        }

        return checkpoint;
    }

    public Task Delay(SimProcess process, long milliseconds)
    {
        TaskCompletionSource timer = new();
        After(process, milliseconds, timer.SetResult);
        return timer.Task;
    }

    public void Crash(SimProcess process, string why)
    {
        if (!process.IsAlive)
        {
            return;
        }

        Trace.Add(process, "crashes " + why);
        process.IsAlive = false;
        Processes.Remove(process);
        Entities.Release(process, LeaseTime);
        Scheduler.After(SessionTime, () => Group.Leave(process));
        Gone?.Invoke(process);
    }

    public void Stop(SimProcess process)
    {
        Trace.Add(process, "stops");
        process.IsAlive = false;
        Processes.Remove(process);
        Entities.Release(process, 0);
        Group.Leave(process);
        Gone?.Invoke(process);
    }

    /// <summary>The process stands still; group and leases move on without it.</summary>
    public void Pause(SimProcess process)
    {
        process.PausedUntil = Scheduler.Now + Random.Between(1500, 5000);
        Trace.Add(process, $"stands still until {process.PausedUntil}");
        Scheduler.After(SessionTime, () => Group.Leave(process));
        Entities.Release(process, LeaseTime);
    }

    private void TakeEffect<T>(
        SimProcess process,
        string what,
        Func<T> effect,
        SimulatedFault? error,
        SimulatedFault? replyLost,
        TaskCompletionSource<T> answer
    )
    {
        if (error is { } kind && Faults.Fires(kind))
        {
            Trace.Add(process, $"{what}: fails without effect");
            Answer(process, what, () => answer.SetException(new SimFaultException($"{what}: failed")));
            return;
        }

        T result;
        try
        {
            result = effect();
        }
        catch (Exception refusal) when (refusal is SimConflictException or SimFaultException or SuppressRestartsException)
        {
            Trace.Add(process, $"{what}: {refusal.Message}");
            Answer(process, what, () => answer.SetException(refusal));
            return;
        }

        Trace.Add(process, what);
        if (replyLost is { } lost && Faults.Fires(lost))
        {
            Answer(process, what, () => answer.SetException(new SimFaultException($"{what}: reply lost")));
            return;
        }

        Answer(process, what, () => answer.SetResult(result));
    }

    private void Answer(SimProcess process, string what, Action answer) =>
        Scheduler.After(
            Random.Between(1, 6),
            () =>
            {
                if (process.IsAlive && Faults.Fires(SimulatedFault.CrashAfterCall))
                {
                    Crash(process, "after " + what);
                    return;
                }

                if (process.IsAlive && process.PausedUntil <= Scheduler.Now && Faults.Fires(SimulatedFault.Pause))
                {
                    Pause(process);
                }

                Reach(process, answer);
            }
        );

    private void Reach(SimProcess process, Action action)
    {
        if (!process.IsAlive)
        {
            return;
        }

        if (process.PausedUntil > Scheduler.Now)
        {
            Scheduler.At(process.PausedUntil, () => Reach(process, action));
            return;
        }

        action();
    }
}
