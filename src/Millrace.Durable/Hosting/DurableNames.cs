using System.Globalization;
using Millrace.Checkpoints;
using Millrace.Durable.Tasks;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>Names of a job's objects in the store on a trigger-driven host, below <c>jobs/{job}/functions</c>.</summary>
internal static class DurableNames
{
    /// <summary>What the name of a ledger's folder ends with.</summary>
    public const string LedgerFolder = "/ledgers/";

    public static string ControlOf(string job) => $"{FolderOf(job)}/control.json";

    /// <summary>
    /// The folder of a savepoint as settings name it: a <c>#</c> and what follows only tell one start from it from an earlier one.
    /// </summary>
    public static string SavepointOf(string path) => path.IndexOf('#', StringComparison.Ordinal) is var at and >= 0 ? path[..at] : path;

    public static string IncarnationOf(string job, int incarnation) => string.Create(CultureInfo.InvariantCulture, $"{job}#{incarnation}");

    public static string LedgersOf(string job, int incarnation) =>
        string.Create(CultureInfo.InvariantCulture, $"{FolderOf(job)}/{incarnation}{LedgerFolder}");

    public static string LedgerOf(string job, int incarnation, Stage source, int upstream)
    {
        (int topic, int partition) = DurableJobPlan.PartitionOf(upstream);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{LedgersOf(job, incarnation)}{ObjectNames.Escape(source.Uid)}/{topic}-{partition}"
        );
    }

    /// <summary>The folder of a ledger that <see cref="LedgerOf"/> has named.</summary>
    public static string FolderOfLedger(string name) =>
        name[..(name.LastIndexOf(LedgerFolder, StringComparison.Ordinal) is var at and >= 0 ? at + LedgerFolder.Length : 0)];

    public static string SpillOf(string job, int incarnation, Stage stage, int task) =>
        string.Create(CultureInfo.InvariantCulture, $"{FolderOf(job)}/{incarnation}/state/{ObjectNames.Escape(stage.Uid)}/{task}/");

    /// <summary>Where tasks that hold too much output say so.</summary>
    public static string PressureOf(string job, int incarnation) =>
        string.Create(CultureInfo.InvariantCulture, $"{FolderOf(job)}/{incarnation}/full/");

    /// <summary>Where processes say what stands still.</summary>
    public static string StallsOf(string job, int incarnation) =>
        string.Create(CultureInfo.InvariantCulture, $"{FolderOf(job)}/{incarnation}/stalls.json");

    private static string FolderOf(string job) => $"{CheckpointCatalog.FolderOf(job)}/functions";
}
