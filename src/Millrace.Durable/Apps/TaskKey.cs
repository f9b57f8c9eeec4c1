using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;
using Millrace.Graph;

namespace Millrace.Durable.Apps;

/// <summary>
/// Key of a task's entity: <c>{job}~{incarnation}~{stage}~{task}</c>. Entity ids are at most 100 characters, without slashes, hashes and
/// question marks.
/// </summary>
internal readonly record struct TaskKey(string Job, int Incarnation, string Stage, int Task)
{
    public const string EntityName = "millrace";
    private const int MaxPart = 34;

    public static TaskKey Parse(string key)
    {
        string[] parts = key.Split('~');
        return
            parts.Length == 4
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int incarnation)
            && int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out int task)
            ? new TaskKey(parts[0], incarnation, parts[2], task)
            : throw new FormatException(
                $"'{key}' is no key of a task, expected job~incarnation~stage~task; only this app signals its entities."
            );
    }

    /// <summary>A name that fits, unlike for unlike names.</summary>
    public static string KeyOf(string name)
    {
        string escaped = ObjectNames.Escape(name);
        return escaped.Length <= MaxPart ? escaped : $"{escaped[..(MaxPart - 9)]}-{XxHash32.HashToUInt32(Encoding.UTF8.GetBytes(name)):x8}";
    }

    /// <summary>The key of a task of an open job.</summary>
    public static TaskKey Of(DurableJobHost host, Stage stage, int task) =>
        new(KeyOf(host.Plan.Graph.Name), host.Control.Incarnation, KeyOf(stage.Uid), task);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Job}~{Incarnation}~{Stage}~{Task}");
}
