namespace Millrace.Kafka.Producing;

/// <summary>A topic as one producer knows it. Belongs to its <see cref="RawProducer"/>.</summary>
internal sealed class ProducerTopic(string name, nint native)
{
    internal string Name { get; } = name;

    /// <summary>The <c>rd_kafka_topic_t</c>.</summary>
    internal nint Native { get; } = native;

    /// <summary>Number of partitions when last asked; 0 = not yet.</summary>
    internal int PartitionCount { get; set; }

    /// <summary>When <see cref="PartitionCount"/> was asked for, in the clock's ticks.</summary>
    internal long PartitionCountAskedAt { get; set; }

    /// <summary>Whether it is known that the job does not read the topic.</summary>
    internal bool IsChecked { get; set; }
}
