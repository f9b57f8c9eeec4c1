using Microsoft.Extensions.Logging;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;
using Millrace.Embedded.Views;

namespace Millrace.Embedded.Commands;

/// <summary>What commands that run jobs share: where logs go, the view, the summary.</summary>
/// <param name="console">Where to write.</param>
/// <param name="settings">What the command line says.</param>
internal sealed class JobRunner(CliConsole console, HostSettings settings)
{
    // A terminal shows the last ones; line by line none may be missing, since each operator has one line a second only.
    private const int ShownEvents = 5;
    private const int WrittenEvents = 10_000;

    // The command ends with this failure, and its message is the last thing that is written.
    private static readonly EventId JobFailed = new(3006);

    /// <summary>The latest results; more are kept when every one is written.</summary>
    public RecentLines Results { get; } = new(console.IsTerminal && !settings.Plain ? 12 : 100_000);

    /// <summary>Warnings and errors of the jobs.</summary>
    public RecentLines Events { get; } = new(console.IsTerminal && !settings.Plain ? ShownEvents : WrittenEvents);

    public bool IsLive => console.IsTerminal && !settings.Plain && !settings.Verbose;

    public ILoggerFactory CreateLoggers() =>
        settings.Verbose
            ? new LineLoggerFactory(LogLevel.Information, line => console.Error.WriteLine(line))
            : new LineLoggerFactory(LogLevel.Warning, Events.Add, except: JobFailed);

    public Task SayAsync(string line) => console.Error.WriteLineAsync(line);

    /// <summary>Shows the session's jobs until those given have ended or the session stops.</summary>
    public async Task WatchAsync(HostSession session, string title, IEnumerable<HostedJob> waitFor)
    {
        JobMonitor monitor = new(session, Results, Events, TimeProvider.System);
        await monitor.ShowWhileAsync(console, IsLive, title, session.WaitAsync(waitFor));
    }

    /// <summary>Ends the jobs and writes a line for each: what it did in all.</summary>
    /// <returns>The exit code: a job that did not run when the duration was over has failed.</returns>
    public async Task<int> SummarizeAsync(HostSession session)
    {
        await session.StopAsync();
        int exitCode = CliApplication.Success;
        foreach (HostedJob job in session.Jobs)
        {
            Runtime.JobMetrics m = job.Client.GetMetrics();
            await console.Out.WriteLineAsync(
                $"{job.Title}: {await EndAsync(session, job, m)}, {m.RecordsIn} record{(m.RecordsIn == 1 ? "" : "s")} in "
                    + $"({Format.Bytes(m.BytesIn)}), {m.RecordsOut} out ({Format.Bytes(m.BytesOut)}), {m.Errors} errors, "
                    + $"checkpoint {m.LastCheckpointId}, {m.Restarts} restarts"
            );
            if (job.FailureAtEnd is not { } failure)
            {
                continue;
            }
            exitCode = CliApplication.Failure;
            await console.Error.WriteLineAsync(
                $"Job '{job.Title}' did not run when the {Durations.Text(settings.Duration)} of --duration were over; its last failure: "
                    + $"{failure}"
            );
        }

        return exitCode;
    }

    private async Task<string> EndAsync(HostSession session, HostedJob job, Runtime.JobMetrics metrics)
    {
        if (metrics.Status is not Runtime.JobStatus.Cancelled)
        {
            return metrics.Status.ToString();
        }
        if (job.LastSavepoint is { } savepoint)
        {
            // The job has ended, so this is about to.
            await ((Task)savepoint).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (savepoint.IsCompletedSuccessfully)
            {
                return $"Stopped with savepoint {await savepoint}";
            }
        }

        if (!session.IsDurationOver)
        {
            return metrics.Status.ToString();
        }
        return (job.FailureAtEnd is null ? "Stopped" : "Failing when stopped") + " after " + Durations.Text(settings.Duration);
    }
}
