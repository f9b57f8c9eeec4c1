using System.Globalization;
using Millrace.Checkpoints;
using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;
using Millrace.Functions.Jobs;
using Millrace.Functions.Tasks;
using Millrace.Functions.Tests.Runner;
using Xunit;

namespace Millrace.Functions.Tests.Conformance;

/// <summary>
/// Runs cases in one function app, as an app with all samples would. A case with steps has an app of its own, and its clock.
/// </summary>
internal sealed class FunctionsHost : IAsyncDisposable
{
    // Only names storage: what the app keeps goes into memory.
    private const string Storage = "UseDevelopmentStorage=true";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private readonly string _brokers;
    private readonly RunnerInstance _instance;
    private readonly RunnerOptions _options;
    private readonly DrivenClock _clock = new();

    public FunctionsHost(string brokers, params IReadOnlyList<ConformanceCase> cases)
    {
        _brokers = brokers;
        _options = OptionsOf(brokers, cases, _clock);
        _instance = new RunnerInstance(
            _options,
            new RunnerStore(seed: 1),
            new InMemoryObjectStore(),
            [.. cases.Select(each => each.Create())]
        );
        _instance.Start();
    }

    /// <summary>Why an app with this job alone would not start; <see langword="null"/> when it would.</summary>
    public static string? ReasonAgainst(string brokers, ConformanceCase conformance)
    {
        try
        {
            RunnerInstance.Check(OptionsOf(brokers, [conformance], TimeProvider.System), conformance.Create());
            return null;
        }
        catch (MillraceConfigurationException exception)
        {
            return exception.Errors[0];
        }
    }

    public async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> RunAsync(ConformanceCase conformance)
    {
        JobEntry job = _instance.Registry.Catalog.Find(conformance.Name)!;
        DurableJobHost host = await _instance.Registry.OpenAsync(job, CancellationToken.None);
        EntityTasks tasks = new(new TaskEntityClient(_instance.Client), _instance.Registry, host);
        CaseTopics topics = new(conformance, _brokers);
        try
        {
            await ReadAllAsync(conformance, host);
            if (conformance.Steps.Count == 0)
            {
                await host.Savepoints.TakeAsync("end", SavepointEnd.Drain, Deadline, tasks, CancellationToken.None);
            }
            else
            {
                await StepAsync(conformance, topics, host, tasks);
            }
        }
        catch (TimeoutException exception)
        {
            Assert.Fail($"{exception.Message}\n{_options.Logs.Text}");
        }

        return topics.Read();
    }

    public ValueTask DisposeAsync() => _instance.DisposeAsync();

    private async Task StepAsync(ConformanceCase conformance, CaseTopics topics, DurableJobHost host, EntityTasks tasks)
    {
        await ApplyAllAsync(host, tasks);
        foreach (ConformanceStep step in conformance.Steps)
        {
            await topics.WaitForAsync(step.ResultsBefore);
            _clock.Advance(step.ClockStep);
            topics.Write(step);
            await ReadAllAsync(conformance, host);
            await ApplyAllAsync(host, tasks);
        }

        await topics.WaitForAsync(conformance.ResultsAfterSteps);
    }

    // Suspended, the job has applied all that was sent.
    private static async Task ApplyAllAsync(DurableJobHost host, EntityTasks tasks)
    {
        DurableSavepoints savepoints = host.Savepoints;
        await savepoints.TakeAsync(Guid.NewGuid().ToString("n"), SavepointEnd.Suspend, Deadline, tasks, CancellationToken.None);
        await savepoints.ResumeAsync(tasks: null, CancellationToken.None);
    }

    private static RunnerOptions OptionsOf(string brokers, IReadOnlyList<ConformanceCase> cases, TimeProvider clock)
    {
        RunnerOptions options = new(brokers, Storage) { Clock = clock, MaxEntities = 16 };
        options.Settings["Millrace:RepairTimeoutSeconds"] = "60";
        options.Settings["Millrace:ResendTimeoutSeconds"] = "60";
        foreach (ConformanceCase conformance in cases)
        {
            options.Settings[$"Millrace:{conformance.Name}:Parallelism"] = conformance.Parallelism.Functions.ToString(
                CultureInfo.InvariantCulture
            );
            foreach ((string name, string value) in conformance.Settings)
            {
                options.Settings[$"{conformance.Name}:{name}"] = value;
            }
        }

        return options;
    }

    private async Task ReadAllAsync(ConformanceCase conformance, DurableJobHost host)
    {
        long start = TimeProvider.System.GetTimestamp();
        foreach (Graph.Stage source in host.Plan.Sources)
        {
            while (Array.Exists(await host.Ticker.ReadAsync(source, CancellationToken.None), static status => status.LastRecord >= 0))
            {
                Assert.False(
                    TimeProvider.System.GetElapsedTime(start) > Deadline,
                    $"Job '{conformance.Name}' has not read its input in {Deadline}.\n{_options.Logs.Text}"
                );
                await Task.Delay(PollInterval, TimeProvider.System);
            }
        }
    }
}
