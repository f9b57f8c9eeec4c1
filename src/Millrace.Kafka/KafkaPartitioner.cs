namespace Millrace.Kafka;

/// <summary>Chooses a record's partition.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
/// <param name="value">The record.</param>
/// <param name="key">Its serialized key; empty without one.</param>
/// <param name="partitionCount">Number of partitions of the topic, at most a minute old.</param>
/// <returns>The partition, in [0, <paramref name="partitionCount"/>).</returns>
public delegate int KafkaPartitioner<in T>(T value, ReadOnlySpan<byte> key, int partitionCount);
