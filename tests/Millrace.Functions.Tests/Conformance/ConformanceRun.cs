using System.Collections.Concurrent;
using Millrace.Functions.Tests.Conformance.Features;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Functions.Tests.Conformance;

/// <summary>
/// Runs every case on both hosts once, for all tests: each host has a broker with the same input, the function app the outside one if there
/// is one.
/// </summary>
public sealed class ConformanceRun : IAsyncLifetime
{
    private const int MinThreads = 64;
    private const int EmbeddedAtATime = 4;
    private const int FunctionsAtATime = 8;

    internal IReadOnlyDictionary<string, ConformanceRow> Rows { get; private set; } = new Dictionary<string, ConformanceRow>();

    public async Task InitializeAsync()
    {
        // Dozens of jobs in one process, whose Kafka clients block threads for moments: the pool would grow by one or two a second.
        ThreadPool.SetMinThreads(MinThreads, MinThreads);
        ConformanceCase[] cases = [.. SampleCases.All(), .. FeatureCases.All()];
        await using DevBroker.DevBroker embeddedBroker = await DevBroker.DevBroker.StartAsync(CaseTopics.OptionsOf(cases));
        await using TestBroker functionsBroker = await TestBroker.StartAsync([
            .. CaseTopics.OptionsOf(cases).Topics.Select(topic => (topic.Key, topic.Value)),
        ]);
        InputTopic[] inputs = [.. cases.SelectMany(each => each.Inputs).DistinctBy(input => input.Name, StringComparer.Ordinal)];
        CaseTopics.Write(embeddedBroker.BootstrapServers, inputs);
        CaseTopics.Write(functionsBroker.BootstrapServers, inputs);
        Dictionary<string, ConformanceRow> rows = cases
            .Select(each => new ConformanceRow(
                each,
                0,
                FunctionsHost.ReasonAgainst(functionsBroker.BootstrapServers, each),
                Difference: null
            ))
            .ToDictionary(row => row.Case.Name, StringComparer.Ordinal);
        ConformanceCase[] running = [.. cases.Where(each => rows[each.Name].Reason is null)];
        Task<ConcurrentDictionary<string, HostOutput>> embeddedRuns = RunAsync(
            running,
            EmbeddedAtATime,
            each => new EmbeddedHost(each, embeddedBroker.BootstrapServers).RunAsync()
        );
        ConcurrentDictionary<string, HostOutput> functionsRuns;
        await using (FunctionsHost app = new(functionsBroker.BootstrapServers, [.. running.Where(each => each.Steps.Count == 0)]))
        {
            functionsRuns = await RunAsync(
                running,
                FunctionsAtATime,
                each => each.Steps.Count == 0 ? app.RunAsync(each) : RunAloneAsync(each, functionsBroker.BootstrapServers)
            );
        }

        ConcurrentDictionary<string, HostOutput> embeddedOutputs = await embeddedRuns;
        foreach (ConformanceCase each in running)
        {
            rows[each.Name] = ConformanceRow.Of(each, embeddedOutputs[each.Name], functionsRuns[each.Name]);
        }

        Rows = rows;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    private static async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> RunAloneAsync(ConformanceCase conformance, string brokers)
    {
        await using FunctionsHost app = new(brokers, conformance);
        return await app.RunAsync(conformance);
    }

    private static async Task<ConcurrentDictionary<string, HostOutput>> RunAsync(
        ConformanceCase[] cases,
        int atATime,
        Func<ConformanceCase, Task<IReadOnlyDictionary<string, IReadOnlyList<string>>>> run
    )
    {
        ConcurrentDictionary<string, HostOutput> outputs = new(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            cases,
            new ParallelOptions { MaxDegreeOfParallelism = atATime },
            async (each, _) => outputs[each.Name] = await HostOutput.OfAsync(() => run(each))
        );
        return outputs;
    }
}
