using Millrace.Checkpoints;
using Millrace.Serialization;

namespace Millrace.Graph;

/// <summary>
/// The watermarks of a task's inputs in its part of a checkpoint, under the reserved uid <c>stage:{uid}</c>: what was late before a restore
/// is late after it, on any host.
/// </summary>
internal static class TaskWatermarks
{
    private const string Section = "watermarks";

    public static string UidOf(Stage stage) => "stage:" + stage.Uid;

    /// <summary>Stable name of an operator's input.</summary>
    public static string PortName(JobGraph graph, StreamEdge edge) => $"{graph.UidOf(edge.To)}:{edge.Port}";

    public static void Write(TaskSnapshotWriter writer, Stage stage, IEnumerable<(string Port, long Watermark)> watermarks)
    {
        (string Port, long Watermark)[] all = [.. watermarks];
        DataWriter section = writer.Operator(UidOf(stage)).Section(Section);
        section.WriteVarUInt32((uint)all.Length);
        foreach ((string port, long watermark) in all)
        {
            section.WriteString(port);
            section.WriteVarInt64(watermark);
        }
    }

    /// <summary>The lowest watermark of each input over all former tasks.</summary>
    public static Dictionary<string, long> Read(ISnapshotReader? reader)
    {
        Dictionary<string, long> watermarks = new(StringComparer.Ordinal);
        foreach (ReadOnlyMemory<byte> section in reader?.Sections(Section) ?? [])
        {
            DataReader data = new(section.Span);
            for (int count = data.ReadCount(); count > 0; count--)
            {
                string port = data.ReadString() ?? throw new InvalidDataException("A watermark in the checkpoint belongs to no operator.");
                long watermark = data.ReadVarInt64();
                watermarks[port] = Math.Min(watermarks.GetValueOrDefault(port, long.MaxValue), watermark);
            }
        }

        return watermarks;
    }
}
