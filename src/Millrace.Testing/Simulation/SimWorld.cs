using Millrace.Ledger;

namespace Millrace.Testing.Simulation;

/// <summary>Everything that outlives a process, and the processes. All asynchrony runs through calls and delays.</summary>
internal sealed class SimWorld
{
    public const long LeaseTime = 900;
    public const long SessionTime = 1200;

    public SimWorld(SimulationShape shape, SimulatedJob job, ulong seed, SimFaults faults, ProtocolGuards guards, bool keepsTrace)
    {
        (Shape, Job, Faults, Guards) = (shape, job, faults, guards);
        Random = new SimRandom(SimRandom.Mix(seed ^ 0x50C1A1));
        Trace = new SimTrace(keepsTrace, Scheduler);
        Group = new SimGroup(Topic, Random);
        Entities = new SimEntities(this);
        faults.Happened += fault => Trace.Add(null, $"FAULT {fault}");
    }

    public SimulationShape Shape { get; }

    public SimulatedJob Job { get; }

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

    /// <summary>No record will ever follow; ticks say so.</summary>
    public bool HasInputEnded { get; set; }

    /// <summary>What must never be, seen in the middle of a run.</summary>
    public string? Violation { get; private set; }

    /// <summary>Called when a process has died or left, so that another may start.</summary>
    public Action<SimProcess>? Gone { get; set; }

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

    public Task Delay(SimProcess process, long milliseconds)
    {
        TaskCompletionSource timer = new();
        Scheduler.After(milliseconds, () => Reach(process, timer.SetResult));
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
        catch (SimConflictException conflict)
        {
            Trace.Add(process, $"{what}: {conflict.Message}");
            Answer(process, what, () => answer.SetException(conflict));
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
