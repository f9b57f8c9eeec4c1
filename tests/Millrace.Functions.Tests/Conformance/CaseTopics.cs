using Millrace.DevBroker;
using Millrace.Functions.Tests.EndToEnd;
using Xunit;

namespace Millrace.Functions.Tests.Conformance;

/// <summary>A case's topics on one host's broker.</summary>
internal sealed class CaseTopics(ConformanceCase conformance, string brokers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>A broker with the cases' topics.</summary>
    public static DevBrokerOptions OptionsOf(ConformanceCase[] cases)
    {
        DevBrokerOptions options = new();
        foreach (InputTopic input in cases.SelectMany(each => each.Inputs))
        {
            options.Topics[input.Name] = input.Partitions;
        }

        foreach (string output in cases.SelectMany(each => each.Outputs))
        {
            options.Topics[output] = 1;
        }

        return options;
    }

    public static void Write(string brokers, IEnumerable<InputTopic> inputs)
    {
        foreach (InputTopic input in inputs)
        {
            Topics.Write(brokers, input.Name, input.Partitions, input.Records.Select((record, i) => (i, record)));
        }
    }

    public void Write(ConformanceStep step) => Write(brokers, step.Records);

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Read() =>
        conformance.Outputs.ToDictionary(topic => topic, topic => Topics.Values(brokers, topic), StringComparer.Ordinal);

    /// <summary>Waits until the job has written so many results.</summary>
    public async Task WaitForAsync(int results)
    {
        long start = TimeProvider.System.GetTimestamp();
        int found;
        while ((found = results == 0 ? 0 : Read().Values.Sum(topic => topic.Count)) < results)
        {
            Assert.True(
                TimeProvider.System.GetElapsedTime(start) < Deadline,
                $"Job '{conformance.Name}' wrote {found} of {results} results in {Deadline}."
            );
            await Task.Delay(PollInterval, TimeProvider.System);
        }
    }
}
