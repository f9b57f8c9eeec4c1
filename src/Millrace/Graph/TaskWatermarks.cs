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

    private const string Prefix = "stage:";

    public static string UidOf(Stage stage) => UidOf(stage.Uid);

    public static string UidOf(string stage) => Prefix + stage;

    /// <summary>Whether a uid is that of a stage's watermarks instead of an operator's.</summary>
    public static bool IsUid(string uid) => uid.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Stable name of an operator's input.</summary>
    public static string PortName(JobGraph graph, StreamEdge edge) => $"{graph.UidOf(edge.To)}:{edge.Port}";

    /// <summary>The operator's uid, and what is behind it, of a name that <see cref="PortName"/> gave.</summary>
    public static (string Uid, string Port) Split(string name)
    {
        int at = name.LastIndexOf(':');
        return at < 0 ? (name, "") : (name[..at], name[at..]);
    }

    public static void Write(TaskSnapshotWriter writer, Stage stage, IEnumerable<(string Port, long Watermark)> watermarks) =>
        Write(writer.Operator(UidOf(stage)), watermarks);

    public static void Write(ISnapshotWriter writer, IEnumerable<(string Port, long Watermark)> watermarks)
    {
        (string Port, long Watermark)[] all = [.. watermarks];
        DataWriter section = writer.Section(Section);
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
