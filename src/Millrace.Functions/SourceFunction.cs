using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Functions.Jobs;
using Millrace.Functions.Tasks;

namespace Millrace.Functions;

/// <summary>The Kafka trigger of every source: one entry point that is registered once per topic.</summary>
public sealed class SourceFunction
{
    internal const string EntryPoint = "Millrace.Functions.SourceFunction.RunAsync";
    private readonly JobRegistry _registry;

    internal SourceFunction(JobRegistry registry) => _registry = registry;

    /// <summary>Creates the function.</summary>
    /// <param name="services">The app's services.</param>
    public SourceFunction(IServiceProvider services)
        : this((JobRegistry)services!.GetService(typeof(JobRegistry))!) { }

    /// <summary>Processes a batch. Returns when everything in it is committed; an exception makes the host deliver it again.</summary>
    /// <param name="records">The batch, partitions mixed.</param>
    /// <param name="client">The way to entities.</param>
    /// <param name="context">Tells which function, and so which source, it is.</param>
    [Function("millrace-source")]
    public async Task RunAsync(
        [KafkaTrigger("%KafkaBrokers%", "%MillraceTopic%", IsBatched = true, KeyDataType = KafkaMessageKeyType.Binary)]
            KafkaRecord[] records,
        [DurableClient] DurableTaskClient client,
        FunctionContext context
    )
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(context);
        SourceFunctionEntry function = _registry.Catalog.Function(context.FunctionDefinition.Name);
        RawRecord[] raw = new RawRecord[records.Length];
        for (int i = 0; i < raw.Length; i++)
        {
            raw[i] = Convert(records[i]);
        }

        await _registry
            .DeliverAsync(function.Job, function.Source, raw, new TaskEntityClient(client), context.CancellationToken)
            .ConfigureAwait(false);
    }

    internal static RawRecord Convert(KafkaRecord record) =>
        new(
            record.Topic,
            record.Partition,
            record.Offset,
            record.Timestamp is { Type: not KafkaTimestampType.NotAvailable } timestamp
                ? timestamp.UnixTimestampMs
                : RecordBatch.NoTimestamp,
            record.Key is null ? null : (ReadOnlyMemory<byte>?)record.Key,
            record.Value is null ? null : (ReadOnlyMemory<byte>?)record.Value,
            record.Headers is { Length: > 0 } headers
                ? Array.ConvertAll(headers, static header => new KeyValuePair<string, byte[]?>(header.Key, header.Value))
                : []
        );
}
