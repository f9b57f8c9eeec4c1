using System.Buffers;
using Confluent.Kafka;
using Millrace.Embedded.Cli;

namespace Millrace.Embedded.Hosting;

/// <summary>Sends the lines of a file to a topic, byte for byte, each as a record.</summary>
internal static class LineFeeder
{
    private const int BufferSize = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <param name="input">The file; read to its end.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="cancellationToken">Ends the feeding.</param>
    /// <returns>Number of lines; a last one without an end counts.</returns>
    public static async Task<long> FeedAsync(Stream input, KafkaCluster cluster, string topic, CancellationToken cancellationToken)
    {
        Dictionary<string, string> properties = new(cluster.Properties, StringComparer.Ordinal) { ["linger.ms"] = "20", ["enable.idempotence"] = "true" };
        string? failure = null;
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(properties).SetLogHandler(static (_, _) => { }).SetErrorHandler(static (_, _) => { }).Build();
        long lines = 0;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        int held = 0;
        while (true)
        {
            if (held == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
            int read = await input.ReadAsync(buffer.AsMemory(held), cancellationToken);
            held += read;
            int start = 0;
            int end;
            while ((end = buffer.AsSpan(start, held - start).IndexOf((byte)'\n')) >= 0)
            {
                await SendAsync(buffer.AsMemory(start, end).ToArray());
                start += end + 1;
            }

            held -= start;
            buffer.AsSpan(start, held).CopyTo(buffer);
            if (read > 0) continue;
            if (held > 0) await SendAsync(buffer.AsMemory(0, held).ToArray());
            break;
        }

        producer.Flush(cancellationToken);
        if (failure is not null) throw new CliException($"Lines could not be written to topic '{topic}' at {cluster.BootstrapServers}: {failure}. Nothing was analysed; check the broker and run it again.");
        return lines;

        async Task SendAsync(byte[] line)
        {
            lines++;
            long deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
            while (true)
            {
                try
                {
                    producer.Produce(topic, new Message<Null, byte[]> { Value = line }, report => failure ??= report.Error.IsError ? report.Error.Reason : null);
                    return;
                }
                catch (ProduceException<Null, byte[]> full) when (full.Error.Code == ErrorCode.Local_QueueFull && Environment.TickCount64 < deadline)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
                }
            }
        }
    }
}
