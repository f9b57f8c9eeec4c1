using System.Globalization;
using System.Text;
using Microsoft.Azure.Functions.Worker;

namespace Millrace.Benchmarks.Functions;

/// <summary>
/// Batches as the trigger's binding gives them: partitions mixed, 100-byte values, 10,000 readings per second of event time, some of them
/// out of order.
/// </summary>
internal sealed class Readings(int partitions, int devices)
{
    public const int PerSecond = 10_000;
    private const int ValueBytes = 100;
    private readonly Random _random = new(17);
    private readonly long[] _next = new long[partitions];
    private long _count;

    /// <summary>So many readings that follow each other are of different devices, and all devices get their turn; 0 = by chance.</summary>
    public int InTurn { get; init; }

    public KafkaRecord[] Next(int size)
    {
        KafkaRecord[] batch = new KafkaRecord[size];
        for (int i = 0; i < size; i++)
        {
            // The host fills a batch with runs of a partition's records, as fetches bring them.
            int partition = (int)((long)i * partitions / size);
            long time = (_count++ * 1000 / PerSecond) - _random.Next(500);
            string text = string.Create(CultureInfo.InvariantCulture, $"device-{Device():d5};{time + 1_000_000};{_random.Next(1000)};");
            batch[i] = new KafkaRecord
            {
                Topic = FunctionsBenchmark.Topic,
                Partition = partition,
                Offset = _next[partition]++,
                Key = null!,
                Value = Encoding.UTF8.GetBytes(text.PadRight(ValueBytes, '.')),
                Timestamp = new KafkaTimestamp { UnixTimestampMs = time, Type = KafkaTimestampType.CreateTime },
                Headers = [],
            };
        }

        return batch;
    }

    private long Device()
    {
        if (InTurn == 0)
        {
            return _random.Next(devices);
        }

        long n = _count - 1;
        int turns = Math.Max(1, devices / InTurn);
        return (n % InTurn * turns) + (n / InTurn % turns);
    }
}
