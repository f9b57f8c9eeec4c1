using System.Collections.Concurrent;
using System.Globalization;
using Confluent.Kafka;

namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>What the members of a group have processed, all together: each record is to be here once.</summary>
internal sealed class ProcessedRecords
{
    private readonly ConcurrentDictionary<string, int> _times = new(StringComparer.Ordinal);

    public int Count => _times.Count;

    public void Add(string value) => _times.AddOrUpdate(value, 1, (_, times) => times + 1);

    public async Task WaitForAsync(int count) =>
        await Eventually.Until(() => Count >= count, $"{count} records are processed", timeoutSeconds: 60);

    public void AssertEachOnce(int count)
    {
        string[] expected = Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture)).ToArray();
        Assert.All(expected, value => Assert.Equal(1, _times.GetValueOrDefault(value)));
        Assert.Equal(count, _times.Count);
    }

    /// <summary>Produces numbers as values, from where the last call stopped, over all partitions in turn.</summary>
    public static void Produce(IProducer<string?, string?> producer, string topic, int partitions, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            producer.Produce(
                new TopicPartition(topic, i % partitions),
                new Message<string?, string?> { Value = i.ToString(CultureInfo.InvariantCulture) }
            );
        }

        producer.Flush(Librdkafka.Patience);
    }
}
