using Millrace.Connectors;
using Millrace.Graph;

namespace Millrace.Durable.Tasks;

/// <summary>What a trigger-driven host can do with a connector.</summary>
internal static class DurableConnectors
{
    private const string Kafka = "kafka";

    /// <summary>Whether a trigger brings the topic's records; ticks read all others.</summary>
    public static bool HasTrigger(Topic topic) => string.Equals(topic.Connector, Kafka, StringComparison.Ordinal);

    /// <summary>Adds why such a host cannot run a node.</summary>
    public static void Validate(StreamNode node, ICollection<string> errors)
    {
        if (node.Source is { } source)
        {
            ValidateSource(node.Name, source, errors);
        }

        if (node.Sink is { } sink)
        {
            ValidateSink(node.Name, sink, errors);
        }
    }

    private static void ValidateSource(string name, ISource source, ICollection<string> errors)
    {
        if (source is not IRawRecordSource)
        {
            errors.Add(
                $"Source '{name}' ({source.GetType().Name}) cannot run on Azure Functions, expected one that implements IRawRecordSource, "
                    + "such as KafkaSource; use another source or the embedded host."
            );
        }
        else if (source.Topics.Count == 0)
        {
            errors.Add(
                $"Source '{name}' reads topics by a pattern, but a Kafka trigger needs their names; list them with SetTopics or use the "
                    + "embedded host."
            );
        }
    }

    private static void ValidateSink(string name, ISink sink, ICollection<string> errors)
    {
        if (sink is not IDurableSink durable)
        {
            errors.Add(
                $"Sink '{name}' ({sink.GetType().Name}) cannot run on Azure Functions, expected one that implements IDurableSink, such as "
                    + "KafkaSink; use another sink or the embedded host."
            );
            return;
        }

        if (durable.Guarantee == DurableSinkGuarantee.BestEffort && !(sink.Topics is [Topic only] && HasTrigger(only)))
        {
            errors.Add(
                $"Sink '{name}' ({sink.GetType().Name}) has the guarantee BestEffort, which the host's Kafka output binding serves, but "
                    + "names no topic for all its records: "
                    + "give it one topic, or the guarantee AtLeastOnce."
            );
        }

        foreach (string error in durable.DurableErrors)
        {
            errors.Add($"Sink '{name}': {error}");
        }
    }
}
