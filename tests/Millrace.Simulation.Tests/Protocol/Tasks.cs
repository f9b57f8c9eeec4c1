using System.Text;
using Millrace.Durable.Protocol;

namespace Millrace.Simulation.Tests.Protocol;

/// <summary>A keyed task with a source edge of some partitions, an upstream stage where asked, and an output edge to two tasks.</summary>
internal static class Tasks
{
    public static KeyedTaskOptions Options { get; } =
        new()
        {
            Job = "pay",
            Stage = "tasks",
            Task = 2,
            Inputs = [new InputEdge("in", IsSource: true)],
            Outputs = [new OutputEdge("out", 2)],
            MaxHeldBackBytes = 60,
        };

    public static KeyedTask Create(RecordingLogic logic, ReadOnlyMemory<byte> state = default, OutboxMark? durable = null) =>
        new(Options, logic, state, durable);

    public static Envelope Records(int partition, long previous, params (long Position, string Value)[] records) =>
        RecordsWithWatermark(partition, previous, long.MinValue, records);

    public static Envelope RecordsWithWatermark(
        int partition,
        long previous,
        long watermark,
        params (long Position, string Value)[] records
    )
    {
        List<Envelope> envelopes = new();
        RecordPayloadWriter writer = new(new ChannelSender("pay", new ChannelId("in", partition, 2), 1, previous), envelopes);
        foreach ((long position, string value) in records)
        {
            writer.Add(position, Encoding.ASCII.GetBytes(value));
        }

        writer.Complete(watermark);
        return envelopes.Single();
    }

    public static Envelope Whole(long previous, long from, long to, string payload, bool isResend = false)
    {
        List<Envelope> envelopes = new();
        new ChannelSender("pay", new ChannelId("in", 0, 2), 1, previous, isResend).Send(
            PayloadKind.Whole,
            from,
            to,
            Encoding.ASCII.GetBytes(payload),
            long.MinValue,
            envelopes
        );
        return envelopes.Single();
    }

    public static Progress Told(params (int Partition, long Watermark, long Position)[] partitions) =>
        new()
        {
            Job = "pay",
            Edge = "in",
            Partitions =
            [
                .. partitions.Select(static p => new PartitionProgress(p.Partition, p.Watermark, p.Position, SentPositions.None)),
            ],
        };
}
