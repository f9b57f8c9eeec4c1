using Millrace.Ledger;

namespace Millrace.Testing.Simulation;

/// <summary>One run, from the first process to the last record's effect.</summary>
internal sealed class SimRun
{
    /// <summary>Faults go on for this long after the last record was produced.</summary>
    private const long FaultsAfterInput = 6_000;

    /// <summary>However long the input takes: where everything fails all the time, nothing ever ends.</summary>
    private const long FaultsAtMost = 120_000;

    /// <summary>A calm system that is not done after this has lost something.</summary>
    private const long Patience = 240_000;

    private readonly SimWorld _world;
    private readonly SimWorkload _workload;
    private readonly SimSourceHost _sources;
    private readonly SimTickHost _ticks;
    private int _started;
    private int _desired = 2;
    private bool _isDone;

    public SimRun(SimulationShape shape, SimulatedJob job, ulong seed, SimFaults faults, ProtocolGuards guards, bool keepsTrace)
    {
        _world = new SimWorld(shape, job, seed, faults, guards, keepsTrace);
        _workload = new SimWorkload(_world, seed, (job as StreamJobSimulation)?.Input);
        SimSinkClient sinks = new(_world);
        _sources = new SimSourceHost(_world, sinks);
        _ticks = new SimTickHost(_world, _sources);
        _world.Entities.Run = new SimEntityHost(_world, sinks).Run;
        _world.Gone = _ => ReplaceLater();
    }

    public SimOutcome Execute()
    {
        // Continuations run inside the scheduler's events, on this thread.
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return Run();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private SimOutcome Run()
    {
        for (int i = 0; i < _world.Shape.Partitions; i++)
        {
            _world.Topic.AddPartition();
        }

        Replace();
        _workload.Start();
        _world.Scheduler.After(500, Tick);
        _world.Scheduler.After(250, Disturb);
        long? inputDone = null;
        while (!_isDone && _world.Violation is null && _world.Scheduler.Step())
        {
            inputDone ??= _workload.IsDone ? _world.Scheduler.Now : null;
            if (!_world.Faults.IsOver && _world.Scheduler.Now > Math.Min(FaultsAtMost, inputDone + FaultsAfterInput ?? long.MaxValue))
            {
                _world.Trace.Add(null, "from here on nothing is disturbed");
                _world.Trace.Until = _world.Scheduler.Now + 12_000;
                _world.Faults.IsOver = true;
                _desired = Math.Max(1, _desired);
                Replace();
            }

            if (_world.Scheduler.Now > Math.Max(FaultsAtMost, inputDone ?? 0) + FaultsAfterInput + Patience)
            {
                _world.Violate("The job did not finish: " + WhatIsMissing());
            }
        }

        return Outcome();
    }

    private void Tick()
    {
        _world.Scheduler.After(1000, Tick);
        bool isCalm = WhatIsMissing() is null;
        _isDone = isCalm && _world.HasInputEnded == _world.Job.EndsInput;
        _world.HasInputEnded |= isCalm && _world.Job.EndsInput;
        if (_isDone || _world.Processes.Count == 0 || _world.Faults.Fires(SimulatedFault.TickLost))
        {
            return;
        }

        for (int i = _world.Faults.Fires(SimulatedFault.TickDoubled) ? 2 : 1; i > 0 && _world.Processes.Count > 0; i--)
        {
            _ = _ticks.TickAsync(_world.Processes[_world.Random.Below(_world.Processes.Count)]);
        }
    }

    private void Disturb()
    {
        _world.Scheduler.After(250, Disturb);
        SimFaults faults = _world.Faults;
        if (faults.Fires(SimulatedFault.ScaleOut))
        {
            _desired = Math.Min(4, _desired + 1);
            Replace();
        }

        if (faults.Fires(SimulatedFault.ScaleIn) && _world.Processes.Count > 1)
        {
            _desired = Math.Max(1, _desired - 1);
            _world.Stop(_world.Processes[_world.Random.Below(_world.Processes.Count)]);
        }

        if (faults.Fires(SimulatedFault.ScaleToZero))
        {
            ScaleToZero();
        }

        if (faults.Fires(SimulatedFault.Rebalance))
        {
            _world.Group.Rebalance();
        }

        if (faults.Fires(SimulatedFault.CommitForgotten))
        {
            _world.Group.ForgetCommits();
        }

        if (_world.Processes.Count > 0 && faults.Fires(SimulatedFault.ClockJump))
        {
            _world.Processes[_world.Random.Below(_world.Processes.Count)].Clock.Offset += _world.Random.Between(-600_000, 600_000);
        }
    }

    private void ScaleToZero()
    {
        _desired = 0;
        foreach (SimProcess process in _world.Processes.ToArray())
        {
            _world.Stop(process);
        }

        _world.Scheduler.After(
            _world.Random.Between(1000, 8000),
            () =>
            {
                _desired = Math.Max(_desired, _world.Random.Between(1, 2));
                Replace();
            }
        );
    }

    private void ReplaceLater() => _world.Scheduler.After(_world.Random.Between(100, 2500), Replace);

    private void Replace()
    {
        while (_world.Processes.Count < _desired)
        {
            SimProcess process = new(FormattableString.Invariant($"h{++_started}"), _world.Scheduler);
            _world.Processes.Add(process);
            _world.Trace.Add(process, "starts");
            _ = _sources.ListenAsync(process);
            foreach (SimEntity entity in _world.Entities.All)
            {
                _world.Entities.Wake(entity);
            }
        }
    }

    /// <summary>Null when all input has had all its effects.</summary>
    private string? WhatIsMissing()
    {
        if (!_workload.IsDone)
        {
            return "input is still being produced";
        }

        for (int i = 0; i < _world.Topic.Partitions; i++)
        {
            (byte[]? content, _) = _world.Blobs.Read(SimSourceHost.BlobOf(i));
            Ledger.LedgerState ledger = content is null ? LedgerState.Initial(0) : LedgerCodec.Decode(content);
            if (_world.Topic.LastRecord(i, ledger.Next) >= 0 || ledger.Plan is not null)
            {
                return $"partition {i} has records from {ledger.Next} on that are not committed, plan {ledger.Plan?.ToString() ?? "none"}";
            }
        }

        long final =
            _world.HasInputEnded ? long.MaxValue
            : _world.Job.EndsInput ? long.MinValue
            : SimWorkload.FinalTimestamp - _world.Shape.MaxOutOfOrderness - 1;
        foreach (SimEntity entity in _world.Entities.All)
        {
            KeyedTask task = SimEntityHost.Inspect(_world, entity);
            if (task.Watermark < final || task.HasOutput)
            {
                return $"task {entity.Name} has watermark {task.Watermark}, {(task.HasOutput ? "something" : "nothing")} to send; "
                    + "channels: "
                    + string.Join(
                        ", ",
                        task.Channels.Select(static c => $"{c.Id} applied {c.Applied} watermark {c.Watermark} held {c.Held.Count}")
                    );
            }
        }

        return null;
    }

    private SimOutcome Outcome() =>
        new()
        {
            Failure = _world.Violation,
            States = _world.Entities.All.ToDictionary(
                static entity => entity.Name,
                entity => _world.Job.DescribeState(SimEntityHost.Load(_world, entity).Logic),
                StringComparer.Ordinal
            ),
            Output = _world.Sinks.Committed,
            Injected = _world.Faults.Injected,
            Observed = new Dictionary<string, int>(StringComparer.Ordinal)
            {
                ["redelivered batches"] = _sources.Redeliveries,
                ["zombie work"] = _sources.Zombies,
                ["read-backs"] = _sources.ReadBacks,
                ["repairs by a tick"] = _ticks.Repairs,
                ["resends"] = _ticks.Resends,
                ["resends between keyed tasks"] = _ticks.Asks,
                ["idle partitions pulled along"] = _ticks.Idles,
            },
            Trace = _world.Trace.Lines,
            VirtualTime = TimeSpan.FromMilliseconds(_world.Scheduler.Now),
            Steps = _world.Scheduler.Steps,
        };
}
