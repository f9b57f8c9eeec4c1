using System.Text;
using Millrace.Durable.Protocol;
using Millrace.Serialization;

namespace Millrace.Simulation.Tests.Protocol;

/// <summary>Remembers what it was called with, as text; emits what it is told to.</summary>
internal sealed class RecordingLogic : ITaskLogic
{
    public List<string> Calls { get; private set; } = [];

    /// <summary>Runs on each application.</summary>
    public Action<ITaskOutput>? OnApply { get; set; }

    public void Apply(in ChannelId channel, PayloadKind kind, ReadOnlyMemory<byte> payload, long after, ITaskOutput output)
    {
        if (kind == PayloadKind.Records && channel.Edge == "in")
        {
            RecordPayloadReader reader = new(payload, after);
            while (reader.TryRead(out long position, out ReadOnlyMemory<byte> record))
            {
                Calls.Add($"{position}:{(record.Length < 50 ? Encoding.ASCII.GetString(record.Span) : record.Length + " bytes")}");
            }
        }
        else
        {
            Calls.Add($"{kind}:{Encoding.ASCII.GetString(payload.Span)}");
        }

        OnApply?.Invoke(output);
    }

    public void AdvanceWatermark(long watermark, ITaskOutput output) => Calls.Add($"watermark {watermark}");

    /// <summary>What it says to have beside its calls.</summary>
    public LogicParts Parts { get; set; } = LogicParts.None;

    public LogicParts Snapshot(DataWriter writer, int wholeBytes)
    {
        writer.WriteRaw(Encoding.ASCII.GetBytes(string.Join('\n', Calls)));
        return Parts;
    }

    public void Restore(ReadOnlyMemory<byte> snapshot, IReadOnlyList<ReadOnlyMemory<byte>> parts)
    {
        Calls = [.. Encoding.ASCII.GetString(snapshot.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        Parts = new LogicParts(parts.Count, []);
    }
}
