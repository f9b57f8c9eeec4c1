using System.Globalization;
using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;

namespace Millrace.Testing.Simulation;

/// <summary>
/// Who operates the app over HTTP and by deployments: takes savepoints, starts from them, changes their mind, resumes what was left
/// suspended, and ends time. One call at a time, to any process; one that dies answers nothing. A second operator may come in between.
/// </summary>
/// <param name="world">The world.</param>
/// <param name="roll">Replaces every process, one after the other, by one with the settings of then.</param>
internal sealed class SimOperator(SimWorld world, Action roll)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);
    private const int MaxAttempts = 6;
    private readonly List<Call> _calls = [];
    private readonly List<Kept> _kept = [];
    private int _savepoints;
    private int _starts;
    private bool _isEnding;
    private string? _before;
    private readonly HashSet<string> _withdrawn = new(StringComparer.Ordinal);
    private bool _isSetBack;

    /// <summary>Whether time has ended.</summary>
    public bool HasDrained { get; private set; }

    /// <summary>Whether nothing is asked for, and the job runs.</summary>
    public bool IsIdle => IsFree && !IsRestoring && world.ReadControl() is { IsSuspended: false };

    /// <summary>
    /// Told by its settings, not done by any process yet. A job that went on until then would be set back, and write again.
    /// </summary>
    public bool IsRestoring => world.RestoreFrom is { } path && world.ReadControl() is { } control && !control.HasTaken(path);

    /// <summary>Whether every partition has a ledger, which knows its topic.</summary>
    public bool KnowsTopics =>
        world.ReadControl() is { } control
        && Enumerable.Range(0, world.Job.Partitions.Count).All(i => world.ReadLedger(control, i)?.TopicId is { } id && id != default);

    /// <summary>Whether a start from a savepoint has been told and not happened.</summary>
    public bool CanWithdraw => IsRestoring && !_isSetBack && !world.IsTopicRecreated;

    /// <summary>Whether there is a savepoint behind which the job has gone on.</summary>
    public bool CanRestoreOlder => _kept.Count > 0 && IsIdle;

    /// <summary>Whether a savepoint is being taken with which the job goes on.</summary>
    public bool CanRestoreToo =>
        !_isEnding
        && !IsRestoring
        && !world.IsTopicRecreated
        && _calls.Where(static call => call.Process.IsAlive).ToArray() is [{ LetsGoOn: true }]
        && world.ReadControl() is { Savepoint: not null };

    // A job that must not go on is left alone.
    private bool IsFree => !_isEnding && !world.IsTopicRecreated && !_calls.Exists(static call => call.Process.IsAlive);

    /// <summary>
    /// Stops the job with a savepoint, after which it goes on at once or is left to <see cref="Look"/>. A job that is to start from an
    /// earlier one does not go on: what it wrote would be written again.
    /// </summary>
    public void TakeSavepoint()
    {
        if (!IsFree)
        {
            return;
        }

        Call asked = new() { What = "take a savepoint" };
        Ask(
            asked,
            async (host, tasks) =>
            {
                bool isRestoring = IsRestoring;
                asked.LetsGoOn = !isRestoring && world.Random.OneIn(2);
                SavepointEnd end = asked.LetsGoOn ? SavepointEnd.Resume : SavepointEnd.Suspend;
                string path = await TakeAsync(host, tasks, end).ConfigureAwait(false);

                // What there is while another start is ahead is judged by that one.
                if (end == SavepointEnd.Suspend && !isRestoring && world.ReadControl() is { IsSuspended: true } control)
                {
                    Keep(path, control);
                }
            }
        );
    }

    /// <summary>Stops the job with a savepoint and deploys the app again, to start from it.</summary>
    public void Restore()
    {
        if (IsFree && !IsRestoring)
        {
            Ask(new Call { What = "start from a savepoint" }, RestoreAsync);
        }
    }

    /// <summary>The same, while somebody else takes a savepoint with which the job goes on; who then does not try again.</summary>
    public void RestoreToo()
    {
        _calls.First(static call => call.Process.IsAlive).IsOvertaken = true;
        Ask(new Call { What = "start from a savepoint too" }, RestoreAsync);
    }

    /// <summary>Takes a start back that has not happened yet: every process is stopped that has been told of it.</summary>
    public void WithdrawRestore()
    {
        if (!CanWithdraw)
        {
            return;
        }

        _withdrawn.Add(world.RestoreFrom!);
        world.Trace.Add(null, $"the start from {world.RestoreFrom} is taken back");
        world.RestoreFrom = _before;
        foreach (SimProcess process in world.Processes.ToArray())
        {
            world.Stop(process);
        }
    }

    /// <summary>Deploys the app to start from a savepoint behind which the job has gone on.</summary>
    public void RestoreOlder()
    {
        Kept kept = _kept[world.Random.Below(_kept.Count)];
        _isSetBack = true;
        (_before, world.RestoreFrom) = (world.RestoreFrom, string.Create(CultureInfo.InvariantCulture, $"{kept.Path}#{++_starts}"));
        world.Sinks.SetBack(kept.Output, world.ReadControl()!.Incarnation);
        world.Observe("start from an older savepoint");
        world.Trace.Add(null, $"the app is to start from {world.RestoreFrom}");
        roll();
    }

    /// <summary>The first offset of a partition that a start from a savepoint may still need.</summary>
    public long NeededFrom(int partition) =>
        _kept.Select(kept => partition < kept.Next.Length ? kept.Next[partition] : 0).DefaultIfEmpty(long.MaxValue).Min();

    /// <summary>Ends time.</summary>
    public void Drain()
    {
        if (IsRestoring || _calls.Exists(static call => call.Process.IsAlive))
        {
            return;
        }

        _isEnding = true;
        Ask(
            new Call { What = "end time" },
            async (host, tasks) =>
            {
                await TakeAsync(host, tasks, SavepointEnd.Drain).ConfigureAwait(false);
                await ResumeInVainAsync(host, tasks).ConfigureAwait(false);
                HasDrained = true;
            }
        );
    }

    /// <summary>Resumes a job that nobody else lets go on.</summary>
    public void Look()
    {
        if (
            world.ReadControl() is not { IsSuspended: true } control
            || IsRestoring
            || world.IsTopicRecreated
            || _calls.Exists(static call => call.Process.IsAlive)
            || (control.Restoring is { } restoring && !_withdrawn.Contains(restoring.Path))
        )
        {
            return;
        }

        if (_isEnding)
        {
            // A savepoint that failed, or died with its process, is taken again.
            Drain();
            return;
        }

        Ask(new Call { What = "resume" }, (host, tasks) => host.Savepoints.ResumeAsync(tasks, CancellationToken.None));
    }

    private async Task RestoreAsync(DurableJobHost host, EntityTasks tasks)
    {
        string path = await TakeAsync(host, tasks, SavepointEnd.Suspend).ConfigureAwait(false);
        (_before, world.RestoreFrom, _isSetBack) = (world.RestoreFrom, path, false);
        roll();
    }

    // What came now would be late.
    private async Task ResumeInVainAsync(DurableJobHost host, EntityTasks tasks)
    {
        try
        {
            await host.Savepoints.ResumeAsync(tasks, CancellationToken.None).ConfigureAwait(false);
            world.Violate("A drained job goes on.");
        }
        catch (JobDrainedException)
        {
            // As it should be.
        }
    }

    // What there is now is what the savepoint has led to, but for what goes straight from sources to sinks: of that there may be more.
    private void Keep(string path, DurableControl control)
    {
        long[] next = [.. Enumerable.Range(0, world.Job.Partitions.Count).Select(i => world.ReadLedger(control, i)?.Next ?? 0)];
        HashSet<string> later = new(StringComparer.Ordinal);
        for (int i = 0; i < next.Length; i++)
        {
            SimPartition partition = world.Job.Partitions[i];
            for (long offset = next[i]; offset < world.Topic.EndOf(i); offset++)
            {
                later.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{world.Job.Name}/{partition.Source}/{world.Job.UpstreamOf(control, partition)}/{offset}"
                    )
                );
            }
        }

        _kept.Add(new Kept(path, next, [.. world.Sinks.Committed.Where(record => !later.Contains(NumberOf(record.Id)))]));
    }

    // Without which of the outputs of its offset it is.
    private static string NumberOf(string id) => id.LastIndexOf('.') is var dot && dot > id.LastIndexOf('/') ? id[..dot] : id;

    private Task<string> TakeAsync(DurableJobHost host, EntityTasks tasks, SavepointEnd end) =>
        host.Savepoints.TakeAsync(
            string.Create(CultureInfo.InvariantCulture, $"s-{++_savepoints}"),
            end,
            Timeout,
            tasks,
            CancellationToken.None
        );

    private void Ask(Call call, Func<DurableJobHost, EntityTasks, Task> work)
    {
        _calls.RemoveAll(static each => !each.Process.IsAlive);
        if (world.Processes.Count == 0)
        {
            return;
        }

        call.Process = world.Processes[world.Random.Below(world.Processes.Count)];
        _calls.Add(call);
        world.Trace.Add(call.Process, $"is asked to {call.What}");
        world.Watch(CallAsync(call, work));
    }

    private async Task CallAsync(Call call, Func<DurableJobHost, EntityTasks, Task> work)
    {
        SimProcess process = call.Process;
        for (int attempt = 1; attempt <= MaxAttempts && !call.IsOvertaken; attempt++)
        {
            try
            {
                DurableJobHost host = await process.Jobs.OpenAsync(process.Job, CancellationToken.None).ConfigureAwait(false);
                await work(host, new EntityTasks(process.Client, process.Jobs, host)).ConfigureAwait(false);
                world.Trace.Add(process, $"has done so: {call.What}");
                world.Observe(call.What);
                break;
            }
            catch (Exception exception) when (exception is not (NullReferenceException or InvalidCastException))
            {
                world.Trace.Add(process, $"could not {call.What}: {exception.GetType().Name}: {exception.Message}");
            }

            await world.Delay(process, world.Random.Between(100, 1000)).ConfigureAwait(false);
        }

        _calls.Remove(call);
    }

    // What a process is asked for.
    private sealed class Call
    {
        public required string What { get; init; }

        public SimProcess Process { get; set; } = null!;

        /// <summary>Whether it lets the job go on at its end.</summary>
        public bool LetsGoOn { get; set; }

        /// <summary>Whether somebody else has asked for something meanwhile.</summary>
        public bool IsOvertaken { get; set; }
    }

    // A savepoint with which the job was stopped, how far it was, and what the sinks had.
    private sealed record Kept(string Path, long[] Next, IReadOnlyList<SimulatedOutput> Output);
}
