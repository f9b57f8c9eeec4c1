using Millrace.Durable.Protocol;
using Millrace.Graph;

namespace Millrace.Testing.Simulation;

/// <summary>One run, from the first process to the last record's effect.</summary>
internal sealed class SimRun
{
    /// <summary>Faults go on for this long after the last record was produced.</summary>
    private const long FaultsAfterInput = 6_000;
    private const long MoveLedgersAt = 5_000;

    /// <summary>However long the input takes: where everything fails all the time, nothing ever ends.</summary>
    private const long FaultsAtMost = 120_000;

    /// <summary>A calm system that is not done after this has lost something.</summary>
    private const long Patience = 240_000;

    /// <summary>What the product logs where the faults reach the protocol, and what it is called in reports.</summary>
    private static readonly Dictionary<string, string> Situations = new(StringComparer.Ordinal)
    {
        ["RedeliveredBatches"] = "redelivered batches",
        ["ZombieWork"] = "zombie work",
        ["ReadBack"] = "read-backs",
        ["Repairing"] = "repairs by a tick",
        ["Resending"] = "resends",
        ["take a savepoint"] = "savepoints",
        ["start from a savepoint"] = "restores",
        ["LedgersMoved"] = "moves of ledgers",
        ["start from an older savepoint"] = "restores of older savepoints",
        ["GoesOnWarm"] = "batches of kept tasks",
        ["WarmGivenUp"] = "kept tasks given up",
        ["BuiltOnParts"] = "states built on parts",
        ["PartsPutTogether"] = "parts put together",
    };

    private readonly SimWorld _world;
    private readonly SimWorkload _workload;
    private readonly SimTrigger _trigger;
    private readonly SimOperator _operator;
    private readonly SimRetention _retention;
    private int _started;
    private int _desired;
    private bool _isDone;

    public SimRun(
        SimulationShape shape,
        SimJob job,
        IReadOnlyList<SimItem> items,
        ulong seed,
        SimFaults faults,
        ProtocolGuards guards,
        bool keepsTrace
    )
    {
        _world = new SimWorld(shape, job, seed, faults, guards, keepsTrace);
        _workload = new SimWorkload(_world, items);
        _trigger = new SimTrigger(_world);
        _operator = new SimOperator(_world, Roll);
        _retention = new SimRetention(_world);
        _world.Entities.Run = new SimEntityHost(_world).Run;
        _world.Gone = _ => ReplaceLater();
        _world.LedgerWritten = () =>
        {
            if (_operator.CanWithdraw && faults.Fires(SimulatedFault.RestoreWithdrawn))
            {
                _world.Scheduler.After(_world.Random.Below(10), _operator.WithdrawRestore);
            }
        };
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
        foreach (SimPartition _ in _world.Job.Partitions)
        {
            _world.Topic.AddPartition();
        }

        _world.KeepsLedgersInTable = _world.Shape.Ledgers == SimulatedLedgers.Table;
        if (_world.Shape.Ledgers == SimulatedLedgers.Moved)
        {
            _world.Scheduler.After(MoveLedgersAt, MoveLedgers);
        }

        _desired = _world.Shape.Processes;
        Replace();
        _workload.Start(_world.Random.Between(0, 1500));
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

    // A deployment with another setting.
    private void MoveLedgers()
    {
        _world.KeepsLedgersInTable = true;
        Roll();
    }

    private void Tick()
    {
        _world.Scheduler.After(1000, Tick);
        _operator.Look();
        if (WhatIsMissing() is null)
        {
            if (_world.Job.IsDrained && !_world.IsTopicRecreated)
            {
                _operator.Drain();
            }
            else
            {
                _isDone = true;
            }
        }

        _isDone |= _operator.HasDrained;
        if (_isDone || _world.Processes.Count == 0 || _world.Faults.Fires(SimulatedFault.TickLost))
        {
            return;
        }

        for (int i = _world.Faults.Fires(SimulatedFault.TickDoubled) ? 2 : 1; i > 0 && _world.Processes.Count > 0; i--)
        {
            SimProcess process = _world.Processes[_world.Random.Below(_world.Processes.Count)];
            _world.Watch(process.Jobs.TickAsync(process.Client, CancellationToken.None));
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

        if (faults.Fires(SimulatedFault.SavepointTaken))
        {
            _operator.TakeSavepoint();
        }

        if (faults.Fires(SimulatedFault.Restored))
        {
            _operator.Restore();
        }

        if (_operator.CanRestoreOlder && faults.Fires(SimulatedFault.RestoredOlder))
        {
            _operator.RestoreOlder();
        }

        if (_operator.CanRestoreToo && faults.Fires(SimulatedFault.SavepointTakenToo))
        {
            _operator.RestoreToo();
        }

        if (_world.Shape.Topics > 1 && faults.Fires(SimulatedFault.TopicsSwapped))
        {
            _world.HasReversedTopics ^= true;
            Roll();
        }

        if (faults.Fires(SimulatedFault.BrokersAway))
        {
            _world.TakeBrokersAway();
        }

        if (faults.Fires(SimulatedFault.LeasesMoved))
        {
            _world.Entities.MoveLeases();
        }

        DisturbLogs(faults);
        if (faults.Fires(SimulatedFault.StorageAway))
        {
            _world.TakeStorageAway();
        }

        if (_world.Processes.Count > 0 && faults.Fires(SimulatedFault.ClockJump))
        {
            _world.Processes[_world.Random.Below(_world.Processes.Count)].Clock.Offset += _world.Random.Between(-600_000, 600_000);
        }
    }

    private void DisturbLogs(SimFaults faults)
    {
        if (_operator.IsIdle && faults.Fires(SimulatedFault.RecordsExpired))
        {
            _retention.Expire(_operator);
        }

        if (_operator.IsIdle && faults.Fires(SimulatedFault.LedgerSetBack))
        {
            _retention.SetLedgerBack();
        }

        if (_world.Job.IsOwn && _operator is { IsIdle: true, KnowsTopics: true } && faults.Fires(SimulatedFault.TopicRecreated))
        {
            ScaleToZero();
            _world.RecreateTopic(_world.Job.Partitions[_world.Random.Below(_world.Job.Partitions.Count)].Topic);
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
            SimProcess process = new(_world, FormattableString.Invariant($"h{++_started}"));
            _world.Processes.Add(process);
            _world.Trace.Add(process, "starts");
            _world.Watch(_trigger.ListenAsync(process));
            foreach (SimEntity entity in _world.Entities.All)
            {
                _world.Entities.Wake(entity);
            }
        }
    }

    /// <summary>Null when all input has had all its effects.</summary>
    private string? WhatIsMissing()
    {
        if (_world.IsTopicRecreated)
        {
            // By itself, or since before, for a savepoint whose process has died.
            return _world.ReadControl() is { IsSuspended: true } ? null : "the job goes on with another topic";
        }

        if (!_workload.IsDone)
        {
            return "input is still being produced";
        }

        if (_world.ReadControl() is not { } control)
        {
            return "the job has not begun";
        }

        if (control.IsSuspended)
        {
            return $"the job is suspended: {control.Failure?.Reason ?? "for a savepoint"}";
        }

        if (_world.RestoreFrom is { } path && !control.HasTaken(path))
        {
            return $"the job has not started from {path}";
        }

        foreach (Stage source in _world.Job.Plan.Sources)
        {
            for (int i = 0; i < _world.Job.Partitions.Count; i++)
            {
                SimPartition partition = _world.Job.Partitions[i];
                if (partition.Source != source.Uid)
                {
                    continue;
                }

                LedgerState ledger = _world.ReadLedger(control, i) ?? LedgerState.Initial(0);
                if (_world.Topic.LastRecord(i, ledger.Next) >= 0 || ledger.Plan is not null)
                {
                    return $"partition {i} has records from {ledger.Next} on that are not committed, plan "
                        + (ledger.Plan?.ToString() ?? "none");
                }
            }
        }

        long final = _world.Job.IsDrained ? long.MinValue : WindowedSumJob.FinalTimestamp - WindowedSumJob.MaxOutOfOrderness - 1;
        foreach (Stage stage in _world.Job.Plan.KeyedStages)
        {
            for (int task = 0; task < stage.Parallelism; task++)
            {
                TaskCheckpoint state = _world.Inspect(control, stage, task);
                if (
                    state.Watermark < final
                    || state.SinkEntries.Count > 0
                    || state.Envelopes.Count > 0
                    || state.Unacknowledged.Count > 0
                    || state.Channels.Values.Any(static channel => channel.Held.Count > 0)
                )
                {
                    return $"task {stage.Uid}/{task} has watermark {state.Watermark}, {state.SinkEntries.Count} records and "
                        + $"{state.Envelopes.Count} envelopes to send, {state.Unacknowledged.Count} to be acknowledged; channels: "
                        + string.Join(", ", state.Channels.Values.Select(static c => $"{c.Id} applied {c.Applied} held {c.Held.Count}"));
                }
            }
        }

        return null;
    }

    // A rolling update: the new settings come process by process.
    private void Roll()
    {
        foreach (SimProcess process in _world.Processes.ToArray())
        {
            _world.Scheduler.After(
                _world.Random.Between(1, 8000),
                () =>
                {
                    if (process.IsAlive)
                    {
                        _world.Stop(process);
                    }
                }
            );
        }

        Replace();
    }

    private SimOutcome Outcome() =>
        new()
        {
            Failure = _world.Violation,
            HasStopped = _world.IsTopicRecreated,
            Output = _world.Sinks.Committed,
            Injected = _world.Faults.Injected,
            Observed = Situations.ToDictionary(
                static pair => pair.Value,
                pair => _world.Observed.GetValueOrDefault(pair.Key),
                StringComparer.Ordinal
            ),
            Trace = _world.Trace.Lines,
            VirtualTime = TimeSpan.FromMilliseconds(_world.Scheduler.Now),
            Steps = _world.Scheduler.Steps,
        };
}
