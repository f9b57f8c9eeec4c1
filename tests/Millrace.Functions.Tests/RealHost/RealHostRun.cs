using Millrace.Functions.Tests.Conformance;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Functions.Tests.RealHost;

/// <summary>
/// Conformance cases on the real worker: their topics, their settings, and whether the output is that of the embedded host.
/// </summary>
internal static class RealHostRun
{
    public static ConformanceCase[] Cases(params string[] names) =>
        [.. names.Select(name => SampleCases.All().Single(each => each.Name == name))];

    /// <summary>The app with exactly-once sinks and the cases' own settings.</summary>
    public static HostSetup Setup(string storage, string brokers, ConformanceCase[] cases)
    {
        HostSetup setup = new(storage, brokers, [.. cases.Select(each => each.Name)]);
        foreach (ConformanceCase conformance in cases)
        {
            setup.Settings[$"{conformance.Name}:guarantee"] = "ExactlyOnce";
            foreach ((string name, string value) in conformance.Settings)
            {
                setup.Settings[$"{conformance.Name}:{name}"] = value;
            }
        }

        return setup;
    }

    public static async Task<TestBroker> StartBrokerAsync(ConformanceCase[] cases)
    {
        TestBroker broker = await TestBroker.StartAsync([.. CaseTopics.OptionsOf(cases).Topics.Select(topic => (topic.Key, topic.Value))]);
        Write(broker.BootstrapServers, cases);
        return broker;
    }

    public static async Task<HostOutput[]> RunEmbeddedAsync(ConformanceCase[] cases)
    {
        await using DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync(CaseTopics.OptionsOf(cases));
        Write(broker.BootstrapServers, cases);
        return await Task.WhenAll(
            cases.Select(each => HostOutput.OfAsync(() => new EmbeddedHost(each, broker.BootstrapServers).RunAsync()))
        );
    }

    /// <summary>Waits until the job has read its input, and stops it after all its time.</summary>
    public static async Task FinishAsync(HostProcess host, ConformanceCase conformance)
    {
        await host.WaitForRecordsAsync(conformance.Name, conformance.Inputs.Sum(input => input.Records.Count));
        await host.DrainJobAsync(conformance.Name);
    }

    /// <summary>What differs from the embedded host's output.</summary>
    public static async Task<ConformanceRow> CompareAsync(ConformanceCase conformance, HostOutput expected, string brokers)
    {
        // What goes through the output binding is written when its orchestration has come to it.
        CaseTopics topics = new(conformance, brokers);
        await topics.WaitForAsync(expected.Topics.Values.Sum(records => records.Count));
        return ConformanceRow.Of(conformance, expected, new HostOutput(topics.Read(), Failure: null));
    }

    public static async Task AssertEqualAsync(ConformanceCase[] cases, HostOutput[] embedded, TestBroker broker, HostProcess host)
    {
        foreach ((ConformanceCase conformance, HostOutput expected) in cases.Zip(embedded))
        {
            ConformanceRow row = await CompareAsync(conformance, expected, broker.BootstrapServers);
            Assert.True(row.Difference is null, $"{conformance.Name}: {row.Difference}\n{host.Log}");
        }
    }

    private static void Write(string brokers, ConformanceCase[] cases) =>
        CaseTopics.Write(brokers, cases.SelectMany(each => each.Inputs).DistinctBy(input => input.Name, StringComparer.Ordinal));
}
