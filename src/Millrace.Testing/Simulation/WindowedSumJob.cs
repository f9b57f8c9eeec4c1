using System.Globalization;
using Millrace.Connectors;
using Millrace.Ledger;
using Millrace.Serialization;

namespace Millrace.Testing.Simulation;

/// <summary>
/// The simulator's own job: counts and sums per key and window (raw or pre-aggregated at the source), then totals per window over all keys,
/// with a sink behind each stage and one directly behind the source.
/// </summary>
internal sealed class WindowedSumJob : SimulatedJob
{
    public const string FirstEdge = "records";
    public const string SecondEdge = "windows";
    private readonly SimulationShape _shape;

    public WindowedSumJob(SimulationShape shape)
    {
        _shape = shape;
        Stages =
        [
            new SimulatedStage
            {
                Name = "sum",
                Parallelism = shape.FirstParallelism,
                Inputs = [new InputEdge(FirstEdge, IsSource: true)],
                Outputs = [new OutputEdge(SecondEdge, shape.SecondParallelism)],
                CreateLogic = _ => new WindowedSumLogic(shape, SecondEdge, "by-key"),
            },
            new SimulatedStage
            {
                Name = "total",
                Parallelism = shape.SecondParallelism,
                Inputs = [new InputEdge(SecondEdge, IsSource: false, shape.FirstParallelism)],
                CreateLogic = _ => new WindowedSumLogic(shape, null, "totals"),
            },
        ];
    }

    public override string Name => "simulated";

    public override IReadOnlyList<SimulatedStage> Stages { get; }

    public override bool SendsWhole => _shape.SendsAggregates;

    public override bool EndsInput => false;

    public override SimulatedPartition PartitionOf(int partition) => new("source", partition, [FirstEdge], TimeSpan.FromSeconds(3));

    public override SimulatedSink GuaranteeOf(string sink) => _shape.Sink;

    public override ChainResult RunChain(in ChainContext context)
    {
        ChainResult result = new() { Watermark = context.Ledger.Watermark };
        foreach (SimRecord record in context.Records)
        {
            result.Watermark = Math.Max(result.Watermark, record.Timestamp - _shape.MaxOutOfOrderness - 1);
            if (record.Value % 3 == 0)
            {
                string content = FormattableString.Invariant($"p{record.Partition} o{record.Offset} v{record.Value}");
                result.SinkRecords.Add(
                    (record.Offset, new SimulatedOutput("audit", RecordId.Of(Name, "source", record.Partition, record.Offset, 0), content))
                );
            }
        }

        for (int task = 0; task < _shape.FirstParallelism; task++)
        {
            ChannelId channel = new(FirstEdge, context.Partition, task);
            if (context.Only is { } only && only != channel)
            {
                continue;
            }

            long previous = context.Ledger.Sent[channel];
            ChannelSender sender = new(Name, channel, context.Ledger.Epoch, previous, isResend: context.Only.HasValue);
            Send(context, channel, sender, result);
            if (sender.Previous != previous)
            {
                result.Sent.Add(new KeyValuePair<ChannelId, long>(channel, sender.Previous));
            }
        }

        return result;
    }

    public override string Describe(ReadOnlyMemory<byte> sinkRecord)
    {
        DataReader reader = new(sinkRecord.Span, "Sink record");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"w{reader.ReadVarInt64()} k{reader.ReadVarInt64()} n{reader.ReadVarInt64()} s{reader.ReadVarInt64()}"
        );
    }

    public override string DescribeState(ITaskLogic logic) => logic.ToString()!;

    private void Send(in ChainContext context, in ChannelId channel, ChannelSender sender, ChainResult result)
    {
        SortedDictionary<(long Window, int Key), (long Count, long Sum)> aggregate = new();
        RecordPayloadWriter records = new(sender, result.Envelopes);
        DataWriter bytes = new();
        foreach (SimRecord record in context.Records)
        {
            // Every seventh value goes to two keys: two outputs of one position, on one channel or two.
            for (int copy = 0; copy < (record.Value % 7 == 0 ? 2 : 1); copy++)
            {
                int key = record.Key + copy;
                if (key % _shape.FirstParallelism != channel.Downstream)
                {
                    continue;
                }

                if (SendsWhole)
                {
                    (long, int key) cell = (record.Timestamp / _shape.WindowSize, key);
                    (long count, long sum) = aggregate.GetValueOrDefault(cell);
                    aggregate[cell] = (count + 1, sum + record.Value);
                    continue;
                }

                bytes.Clear();
                WindowedSumLogic.WriteCell(bytes, record.Timestamp / _shape.WindowSize, key, 1, record.Value);
                bytes.WriteRaw(_shape.PaddingOf(record));
                records.Add(record.Offset, bytes.WrittenSpan);
            }
        }

        if (aggregate.Count > 0)
        {
            bytes.Clear();
            foreach (((long Window, int Key) cell, (long Count, long Sum) sum) in aggregate)
            {
                WindowedSumLogic.WriteCell(bytes, cell.Window, cell.Key, sum.Count, sum.Sum);
            }

            bytes.WriteRaw(_shape.PaddingOf(context.Records[^1]));

            sender.Send(PayloadKind.Whole, context.Range.From, context.Range.To, bytes.ToArray(), result.Watermark, result.Envelopes);
        }

        records.Complete(result.Watermark);
    }
}
