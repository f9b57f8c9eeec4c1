using System.Globalization;
using Millrace.Checkpoints;
using Millrace.Embedded.Cli;

namespace Millrace.Embedded.OfflineState;

/// <summary>Finds the checkpoints and savepoints of a location.</summary>
internal static class StateListing
{
    /// <summary>All that are there, by job, newest first.</summary>
    public static async Task<IReadOnlyList<ListedCheckpoint>> ReadAsync(StateLocation location, CancellationToken cancellationToken)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        await foreach (string name in location.Store.ListAsync(PrefixOf(location), cancellationToken))
        {
            names.Add(name);
        }

        SortedSet<string> folders = new(StringComparer.Ordinal);
        foreach (string name in names)
        {
            if (FolderOf(name, location) is { } folder)
            {
                folders.Add(folder);
            }
        }

        List<ListedCheckpoint> found = [];
        foreach (string folder in folders)
        {
            found.Add(await ReadAsync(location.Store, folder, names, cancellationToken));
        }

        // The folders of checkpoints that were let go stay for as long as later ones have parts there.
        HashSet<string> needed = new(
            found.SelectMany(static each => each.Manifest?.PartNames(each.Folder) ?? []).Select(static part => FolderOfPart(part)),
            StringComparer.Ordinal
        );
        for (int i = 0; i < found.Count; i++)
        {
            if (found[i].Manifest is null && needed.Contains(found[i].Folder))
            {
                found[i] = found[i] with { Fault = "let go, but later checkpoints need its parts" };
            }
        }

        List<ListedCheckpoint> marked = [];
        foreach (IGrouping<string, ListedCheckpoint> job in found.GroupBy(static each => each.Job, StringComparer.Ordinal))
        {
            string? newest = await NewestAsync(location.Store, job, cancellationToken);
            marked.AddRange(
                job.OrderByDescending(static each => each.Manifest?.CheckpointId ?? CheckpointLocation.NumbersIn(each.Folder).CheckpointId)
                    .ThenByDescending(static each => each.Manifest?.Timestamp)
                    .ThenByDescending(static each => each.Folder, StringComparer.Ordinal)
                    .Select(each => each with { IsNewest = each.Folder == newest })
            );
        }

        return marked;
    }

    /// <summary>The one checkpoint that a location names: itself, or the newest of its only job.</summary>
    public static async Task<string> FindOneAsync(StateLocation location, CancellationToken cancellationToken)
    {
        if (location.IsCheckpoint)
        {
            return location.Path;
        }

        IReadOnlyList<ListedCheckpoint> all = await ReadAsync(location, cancellationToken);
        string[] jobs = [.. all.Select(static each => each.Job).Distinct(StringComparer.Ordinal)];
        if (jobs.Length > 1)
        {
            string names = string.Join(", ", all.Where(static each => each.IsNewest).Select(static each => $"'{each.Folder}'"));
            throw StateLocation.Mistake(
                $"'{location.Text}' has checkpoints of {jobs.Length.ToString(CultureInfo.InvariantCulture)} jobs; give the folder of one "
                    + $"job or checkpoint in it. The newest of each: {names}."
            );
        }

        return all.FirstOrDefault(static each => each.IsNewest)?.Folder
            ?? throw StateLocation.Mistake(
                $"There is no complete checkpoint or savepoint in '{location.Text}'; see {CliApplication.Program} state list "
                    + $"{location.Text}."
            );
    }

    private static string FolderOfPart(string name) => string.Join('/', name.Split('/').Take(4));

    // Whether parts are there is seen in the whole folder of a job.
    private static string PrefixOf(StateLocation location) =>
        location.Path.Split('/') switch
        {
            ["jobs", var job, ..] => $"jobs/{job}/",
            ["jobs"] or [""] => "jobs/",
            _ => location.Path + "/",
        };

    private static string? FolderOf(string name, StateLocation location)
    {
        string? folder = name.Split('/') is ["jobs", var job, ("checkpoints" or "savepoints") and var kind, var id, _, ..]
            ? $"jobs/{job}/{kind}/{id}"
            : null;
        return !location.IsCheckpoint || folder == location.Path ? folder
            : name == $"{location.Path}/{CheckpointLocation.ManifestFile}" ? location.Path
            : null;
    }

    private static async Task<ListedCheckpoint> ReadAsync(
        IObjectStore store,
        string folder,
        HashSet<string> names,
        CancellationToken cancellationToken
    )
    {
        string[] segments = folder.Split('/');
        CheckpointKind kind = segments is [_, _, "checkpoints", _] ? CheckpointKind.Checkpoint : CheckpointKind.Savepoint;
        ListedCheckpoint incomplete = new(segments.Length > 1 ? segments[1] : folder, folder, kind, null, "incomplete: no manifest");
        string name = $"{folder}/{CheckpointLocation.ManifestFile}";
        if (await store.GetAsync(name, cancellationToken) is not { } stored)
        {
            return incomplete;
        }

        try
        {
            CheckpointManifest manifest = CheckpointJson.ReadManifest(stored, name);
            string[] missing = [.. manifest.PartNames(folder).Where(part => !names.Contains(part))];
            string? fault = missing.Length == 0 ? null : $"incomplete: {missing.Length} part(s) missing, such as '{missing[0]}'";
            return new ListedCheckpoint(manifest.Job, folder, manifest.Kind, manifest, fault);
        }
        catch (InvalidDataException exception)
        {
            return incomplete with { Fault = CheckpointJson.IsDamaged(exception) ? $"damaged: {exception.Message}" : exception.Message };
        }
    }

    private static async Task<string?> NewestAsync(
        IObjectStore store,
        IEnumerable<ListedCheckpoint> all,
        CancellationToken cancellationToken
    )
    {
        ListedCheckpoint[] complete = [.. all.Where(static each => each.Fault is null)];
        if (complete.Length == 0)
        {
            return null;
        }

        string pointer = CheckpointCatalog.PointerName(complete[0].Job);
        string? last = complete.MaxBy(static each => each.Manifest!.Timestamp)!.Folder;
        if (await store.GetAsync(pointer, cancellationToken) is not { } stored)
        {
            return last;
        }

        try
        {
            string? newest = CheckpointJson.ReadPointer(stored, pointer).Completed.Select(static each => each.Folder).FirstOrDefault();
            return complete.Any(each => each.Folder == newest) ? newest : last;
        }
        catch (InvalidDataException)
        {
            // The job will say so; what there is can be listed even so.
            return last;
        }
    }
}
