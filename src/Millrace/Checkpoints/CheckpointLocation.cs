using System.Globalization;
using System.Text.RegularExpressions;

namespace Millrace.Checkpoints;

/// <summary>
/// Where a checkpoint that is being taken goes. The names of its parts hold the epoch of the run, so that no two runs ever write the same
/// object.
/// </summary>
/// <param name="CheckpointId">Number of the checkpoint, rising over the life of the job.</param>
/// <param name="Epoch">Number of the run that takes it.</param>
/// <param name="Kind">Checkpoint or savepoint.</param>
/// <param name="Folder">Beginning of the names of its objects, without the last <c>/</c>.</param>
/// <param name="PartsFolder">Folder of the parts below <paramref name="Folder"/>.</param>
internal sealed partial record CheckpointLocation(long CheckpointId, long Epoch, CheckpointKind Kind, string Folder, string PartsFolder)
{
    public const string ManifestFile = "manifest.json";

    public string ManifestName => $"{Folder}/{ManifestFile}";

    public static CheckpointLocation OfCheckpoint(string jobFolder, long checkpointId, long epoch) =>
        new(checkpointId, epoch, CheckpointKind.Checkpoint, $"{jobFolder}/checkpoints/{IdOf(checkpointId, epoch)}", "parts");

    public static CheckpointLocation OfSavepoint(string jobFolder, long checkpointId, long epoch, string? name)
    {
        string id = IdOf(checkpointId, epoch);
        string folder = $"{jobFolder}/savepoints/{(name is null ? id : ObjectNames.Escape(name))}";
        return new CheckpointLocation(checkpointId, epoch, CheckpointKind.Savepoint, folder, $"parts-{id}");
    }

    /// <summary>The checkpoint's folder that an object is in.</summary>
    public static string FolderOf(string objectName, string parentWithSlash) =>
        objectName.IndexOf('/', parentWithSlash.Length) is > 0 and var end ? objectName[..end] : objectName;

    /// <summary>The epoch of the run that wrote a checkpoint's folder; <see cref="long.MaxValue"/> for what is no such folder.</summary>
    public static long EpochOf(string folder) =>
        long.TryParse(folder.AsSpan(folder.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long epoch)
            ? epoch
            : long.MaxValue;

    /// <summary>Name of a part below <see cref="Folder"/>.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="task">The task.</param>
    /// <param name="piece">Which of several parts of the task; <see langword="null"/> = the last one, or the only one.</param>
    public string PartName(string stage, int task, int? piece = null)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{PartsFolder}/{ObjectNames.Escape(stage)}-{task}");
        return piece is null ? name : string.Create(CultureInfo.InvariantCulture, $"{name}.{piece}");
    }

    /// <summary>The numbers of checkpoint and run in the name of an object; zeros where it has none.</summary>
    public static (long CheckpointId, long Epoch) NumbersIn(string objectName) =>
        Numbers().Match(objectName) is { Success: true } match
        && long.TryParse(match.Groups["id"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out long id)
        && long.TryParse(match.Groups["epoch"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out long epoch)
            ? (id, epoch)
            : (0, 0);

    [GeneratedRegex("(?<![0-9])(?<id>[0-9]{12,18})-(?<epoch>[0-9]{6,18})(?![0-9])", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Numbers();

    private static string IdOf(long checkpointId, long epoch) =>
        string.Create(CultureInfo.InvariantCulture, $"{checkpointId:D12}-{epoch:D6}");
}
