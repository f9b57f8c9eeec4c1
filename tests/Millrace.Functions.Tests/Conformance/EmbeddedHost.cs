using Microsoft.Extensions.Configuration;
using Millrace.Api;
using Millrace.Runtime;
using Xunit;

namespace Millrace.Functions.Tests.Conformance;

/// <summary>Runs a case in this process, from the beginning of its topics to their end.</summary>
internal sealed class EmbeddedHost(ConformanceCase conformance, string brokers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly CaseTopics _topics = new(conformance, brokers);
    private long _written = conformance.Inputs.Sum(input => (long)input.Records.Count);

    public async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> RunAsync()
    {
        Dictionary<string, string?> settings = new(StringComparer.Ordinal)
        {
            ["Kafka:bootstrap.servers"] = brokers,
            ["bounded"] = conformance.Steps.Count == 0 ? "true" : "false",
        };
        foreach ((string name, string value) in conformance.Settings)
        {
            settings[name] = value;
        }

        DrivenClock clock = new();
        StreamExecutionEnvironment env = new(
            new ExecutionOptions { Parallelism = conformance.Parallelism.Embedded, RestartStrategy = RestartStrategy.None },
            new ConfigurationBuilder().AddInMemoryCollection(settings).Build()
        )
        {
            TimeProvider = conformance.IsDriven ? clock : TimeProvider.System,
        };
        conformance.Create().Build(env);
        using CancellationTokenSource deadline = new(Deadline);
        await using JobClient client = env.ExecuteDetached(conformance.Name, deadline.Token);
        if (conformance.Steps.Count == 0)
        {
            await client.Completion;
        }
        else
        {
            await StepAsync(client, clock, deadline.Token);
        }

        return _topics.Read();
    }

    private async Task StepAsync(JobClient client, DrivenClock clock, CancellationToken cancellationToken)
    {
        await SettleAsync(client, cancellationToken);
        foreach (ConformanceStep step in conformance.Steps)
        {
            await _topics.WaitForAsync(step.ResultsBefore);
            clock.Advance(step.ClockStep);
            _topics.Write(step);
            _written += step.Records.Sum(input => input.Records.Count);
            await SettleAsync(client, cancellationToken);
        }

        await _topics.WaitForAsync(conformance.ResultsAfterSteps);
        await client.StopWithSavepointAsync("end", cancellationToken);
    }

    private async Task SettleAsync(JobClient client, CancellationToken cancellationToken)
    {
        while (client.GetMetrics().RecordsIn < _written)
        {
            Assert.False(client.Completion.IsCompleted, $"Job '{conformance.Name}' has ended: {client.Completion.Exception?.Message}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }

        // A savepoint lies behind all that was read. The first one also wakes the tasks, so that the second lies behind the timers that
        // were due.
        await client.TriggerSavepointAsync(Guid.NewGuid().ToString("n"), cancellationToken);
        await client.TriggerSavepointAsync(Guid.NewGuid().ToString("n"), cancellationToken);
    }
}
