using Millrace.Connectors;

namespace Millrace.Kafka.Producing;

/// <summary>Keeps a job from writing to a topic that it reads itself, where the topic is only known with the record.</summary>
internal static class LoopGuard
{
    /// <summary>Looks a topic up, once per producer.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="properties">How the sink reaches its cluster.</param>
    /// <param name="context">The sink's task.</param>
    /// <exception cref="SuppressRestartsException">A source of the job reads it.</exception>
    internal static void Check(ProducerTopic topic, IReadOnlyDictionary<string, string> properties, ConnectorContext context)
    {
        if (topic.IsChecked)
        {
            return;
        }

        if (context.ReaderOf(KafkaTopic.Of(properties, topic.Name)) is { } source)
        {
            throw new SuppressRestartsException(
                $"Kafka sink '{context.OperatorUid}': a record goes to topic '{topic.Name}', which source '{source}' of the same job "
                    + "reads: every result would come back as input, for ever. "
                    + "Nothing was written there; choose another topic for the record, or narrow the source's topics."
            );
        }

        topic.IsChecked = true;
    }
}
