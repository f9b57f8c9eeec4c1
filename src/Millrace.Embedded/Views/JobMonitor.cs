using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;
using Spectre.Console;

namespace Millrace.Embedded.Views;

/// <summary>Samples the jobs of a session and shows them, until the session's work is done.</summary>
/// <param name="session">The session.</param>
/// <param name="results">The latest results.</param>
/// <param name="events">Warnings and failures.</param>
/// <param name="time">The clock.</param>
internal sealed class JobMonitor(HostSession session, RecentLines results, RecentLines events, TimeProvider time)
{
    private static readonly TimeSpan LiveInterval = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(2);
    private IReadOnlyList<JobSample> _samples = [];

    /// <summary>Shows the jobs while <paramref name="work"/> goes on; its failure is thrown at the end.</summary>
    /// <param name="console">Where to show them.</param>
    /// <param name="isLive">Whether to redraw.</param>
    /// <param name="title">What is shown.</param>
    /// <param name="work">What is waited for.</param>
    public async Task ShowWhileAsync(CliConsole console, bool isLive, string title, Task work)
    {
        if (isLive)
        {
            await AnsiConsole
                .Live(new Text("Starting..."))
                .StartAsync(async context => await RunAsync(new LiveView(context, title, results, events), LiveInterval, work));
        }
        else
        {
            await RunAsync(new LineView(console.Out, results, events), LineInterval, work);
        }

        await work;
    }

    private async Task RunAsync(IView view, TimeSpan interval, Task work)
    {
        using PeriodicTimer timer = new(interval, time);
        while (true)
        {
            Task<bool> tick = timer.WaitForNextTickAsync().AsTask();
            Task first = await Task.WhenAny(work, tick);
            if (first == work)
            {
                // The last results, under the rates of the last full interval.
                view.Show(_samples);
                return;
            }

            Show(view);
        }
    }

    private void Show(IView view)
    {
        DateTimeOffset now = time.GetUtcNow();
        _samples = [.. session.Jobs.Select(job => JobSample.Of(job, now, _samples.FirstOrDefault(sample => sample.Job == job)))];
        view.Show(_samples);
    }
}
