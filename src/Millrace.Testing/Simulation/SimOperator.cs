using System.Globalization;
using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;

namespace Millrace.Testing.Simulation;

/// <summary>
/// Who operates the app over HTTP and by deployments: takes savepoints, starts from them, resumes what was left suspended, and ends time.
/// One call at a time, to any process; one that dies answers nothing.
/// </summary>
/// <param name="world">The world.</param>
/// <param name="roll">Replaces every process, one after the other, by one with the settings of then.</param>
internal sealed class SimOperator(SimWorld world, Action roll)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);
    private const int MaxAttempts = 6;
    private SimProcess? _asked;
    private int _savepoints;
    private bool _isEnding;

    /// <summary>Whether time has ended.</summary>
    public bool HasDrained { get; private set; }

    private bool IsBusy => _asked is { IsAlive: true };

    // Told by its settings, not done by any process yet. A job that went on until then would be set back, and write again.
    private bool IsRestoring => world.RestoreFrom is { } path && world.ReadControl() is { } control && !control.HasTaken(path);

    /// <summary>Stops the job with a savepoint, after which it goes on at once or is left to <see cref="Look"/>.</summary>
    public void TakeSavepoint() =>
        Ask(
            "take a savepoint",
            (host, tasks) => TakeAsync(host, tasks, !IsRestoring && world.Random.OneIn(2) ? SavepointEnd.Resume : SavepointEnd.Suspend)
        );

    /// <summary>Stops the job with a savepoint and deploys the app again, to start from it.</summary>
    public void Restore()
    {
        if (IsRestoring)
        {
            return;
        }

        Ask(
            "start from a savepoint",
            async (host, tasks) =>
            {
                world.RestoreFrom = await TakeAsync(host, tasks, SavepointEnd.Suspend).ConfigureAwait(false);
                roll();
            }
        );
    }

    /// <summary>Ends time.</summary>
    public void Drain()
    {
        if (IsRestoring)
        {
            return;
        }

        _isEnding = true;
        Ask(
            "end time",
            async (host, tasks) =>
            {
                await TakeAsync(host, tasks, SavepointEnd.Drain).ConfigureAwait(false);
                HasDrained = true;
            }
        );
    }

    /// <summary>Resumes a job that nobody else lets go on.</summary>
    public void Look()
    {
        if (world.ReadControl() is not { IsSuspended: true } control || IsRestoring || control.Restoring is not null)
        {
            return;
        }

        if (_isEnding)
        {
            // A savepoint that failed, or died with its process, is taken again.
            Drain();
            return;
        }

        Ask("resume", (host, tasks) => new DurableSavepoints(host).ResumeAsync(tasks, CancellationToken.None));
    }

    private Task<string> TakeAsync(DurableJobHost host, EntityTasks tasks, SavepointEnd end) =>
        new DurableSavepoints(host).TakeAsync(
            string.Create(CultureInfo.InvariantCulture, $"s-{++_savepoints}"),
            end,
            Timeout,
            tasks,
            CancellationToken.None
        );

    private void Ask(string what, Func<DurableJobHost, EntityTasks, Task> call)
    {
        if (IsBusy || world.Processes.Count == 0)
        {
            return;
        }

        _asked = world.Processes[world.Random.Below(world.Processes.Count)];
        world.Trace.Add(_asked, $"is asked to {what}");
        world.Watch(CallAsync(_asked, what, call));
    }

    private async Task CallAsync(SimProcess process, string what, Func<DurableJobHost, EntityTasks, Task> call)
    {
        for (int attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            try
            {
                DurableJobHost host = await process.Jobs.OpenAsync(process.Job, CancellationToken.None).ConfigureAwait(false);
                await call(host, new EntityTasks(process.Client, process.Jobs, host)).ConfigureAwait(false);
                world.Trace.Add(process, $"has done so: {what}");
                world.Observe(what);
                break;
            }
            catch (Exception exception) when (exception is not (NullReferenceException or InvalidCastException))
            {
                world.Trace.Add(process, $"could not {what}: {exception.GetType().Name}: {exception.Message}");
            }

            await world.Delay(process, world.Random.Between(100, 1000)).ConfigureAwait(false);
        }

        _asked = null;
    }
}
