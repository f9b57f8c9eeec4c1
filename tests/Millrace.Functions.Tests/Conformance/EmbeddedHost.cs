using Microsoft.Extensions.Configuration;
using Millrace.Api;
using Millrace.Functions.Tests.EndToEnd;
using Millrace.Runtime;
using Xunit;

namespace Millrace.Functions.Tests.Conformance;

/// <summary>Runs a case in this process, from the beginning of its topics to their end.</summary>
internal static class EmbeddedHost
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> RunAsync(ConformanceCase conformance, string brokers)
    {
        bool isDriven = conformance.ClockStep > TimeSpan.Zero;
        Dictionary<string, string?> settings = new(StringComparer.Ordinal) { ["Kafka:bootstrap.servers"] = brokers, ["bounded"] = isDriven ? "false" : "true" };
        foreach ((string name, string value) in conformance.Settings)
        {
            settings[name] = value;
        }

        DrivenClock clock = new();
        StreamExecutionEnvironment env = new(
            new ExecutionOptions { Parallelism = conformance.Parallelism.Embedded, RestartStrategy = RestartStrategy.None },
            new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        if (isDriven)
        {
            env.TimeProvider = clock;
        }

        conformance.Create().Build(env);
        using CancellationTokenSource deadline = new(Deadline);
        await using JobClient client = env.ExecuteDetached(conformance.Name, deadline.Token);
        if (isDriven)
        {
            await DriveAsync(conformance, client, clock, deadline.Token);
        }
        else
        {
            await client.Completion;
        }

        return conformance.Outputs.ToDictionary(topic => topic, topic => Topics.Values(brokers, topic), StringComparer.Ordinal);
    }

    // A savepoint lies behind all that was read, and wakes every task.
    private static async Task DriveAsync(ConformanceCase conformance, JobClient client, DrivenClock clock, CancellationToken cancellationToken)
    {
        long records = conformance.Inputs.Sum(input => (long)input.Records.Count);
        while (client.GetMetrics().RecordsIn < records)
        {
            Assert.False(client.Completion.IsCompleted, $"Job '{conformance.Name}' has ended: {client.Completion.Exception?.Message}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }

        await client.TriggerSavepointAsync("read").WaitAsync(cancellationToken);
        clock.Advance(conformance.ClockStep);
        await client.TriggerSavepointAsync("closed").WaitAsync(cancellationToken);
        await client.StopWithSavepointAsync("end").WaitAsync(cancellationToken);
    }
}
