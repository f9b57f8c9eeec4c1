using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Millrace.Checkpoints;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;
using Millrace.Embedded.OfflineState;
using Millrace.Embedded.Views;
using Millrace.Savepoints;
using Millrace.Serialization;

namespace Millrace.Embedded.Commands;

/// <summary>Looks into checkpoints and savepoints without running their job, and writes changed savepoints.</summary>
internal sealed class StateCommand : ICliCommand
{
    private readonly Argument<string?> _location = new("location")
    {
        Description =
            "A --checkpoint-dir, the folder of a job in it (jobs/JOB), or that of one checkpoint or savepoint. With --azure-storage: the "
            + "path in the container, or nothing for all of it.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Argument<string> _source = new("location")
    {
        Description =
            "The savepoint or checkpoint to begin with: its folder, or that of a job for its newest. With --azure-storage: the path in the "
            + "container.",
    };

    private readonly Argument<string> _to = new("to")
    {
        Description = "Name of the new savepoint, for jobs/JOB/savepoints/NAME of the same store, or another path in it.",
    };

    private readonly Option<string?> _azureStorage = new("--azure-storage")
    {
        Description = "Connection of the storage account that has the checkpoints; UseDevelopmentStorage=true is Azurite.",
        HelpName = "connection string",
        Recursive = true,
    };

    private readonly Option<string> _container = new("--container")
    {
        Description = "Container of --azure-storage.",
        DefaultValueFactory = static _ => CheckpointStores.Container,
        HelpName = "name",
        Recursive = true,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Write JSON: an object, or one a line." };

    private readonly Option<string> _uid = new("--uid")
    {
        Description = "Uid of the operator.",
        Required = true,
        HelpName = "uid",
    };

    private readonly Option<string[]> _uids = new("--uid")
    {
        Description = "Uid of the operator. May come several times.",
        Required = true,
        HelpName = "uid",
    };

    private readonly Option<string[]> _renames = new("--uid")
    {
        Description = "The uid that an operator has, and the one it gets. May come several times.",
        Required = true,
        HelpName = "old=new",
    };

    private readonly Option<string> _state = new("--state")
    {
        Description = "Name of the state, as 'state show' writes it.",
        Required = true,
        HelpName = "name",
    };

    private readonly Option<string?> _key = new("--key")
    {
        Description = "The key: text or a number as it is, anything else as JSON, as it is written here. Default: all keys.",
        HelpName = "key",
    };

    private readonly Option<string?> _namespace = new("--namespace")
    {
        Description = "The window or other namespace, as JSON; of a window its start is enough. Default: all.",
        HelpName = "namespace",
    };

    private readonly Option<int> _limit = new Option<int>("--limit")
    {
        Description = "Write this many entries at most.",
        DefaultValueFactory = static _ => 10,
        HelpName = "n",
    }.From(1, int.MaxValue);

    public Command Create(CliConsole console)
    {
        Command list = new("list", "Show the checkpoints and savepoints that are there.") { _location, _json };
        list.SetAction((parsed, cancellation) => GuardAsync(() => ListAsync(console, parsed, cancellation)));
        Command show = new("show", "Show what one has: operators, their states, positions of sources.") { _location, _json };
        show.SetAction((parsed, cancellation) => GuardAsync(() => ShowAsync(console, parsed, cancellation)));
        Command query = new("query", "Write what a state has for a key, or its first entries, as lines of JSON.")
        {
            _location,
            _uid,
            _state,
            _key,
            _namespace,
            _limit,
            _json,
        };
        query.SetAction((parsed, cancellation) => GuardAsync(() => QueryAsync(console, parsed, cancellation)));
        Command rename = new("rename", "Write a new savepoint in which operators have other uids.") { _source, _to, _renames };
        rename.SetAction((parsed, cancellation) => GuardAsync(() => WriteAsync(console, parsed, Rename, cancellation)));
        Command remove = new("remove", "Write a new savepoint without the state of operators.") { _source, _to, _uids };
        remove.SetAction((parsed, cancellation) => GuardAsync(() => WriteAsync(console, parsed, Remove, cancellation)));
        return new Command("state", "Look into checkpoints and savepoints, without their job, and write changed ones.")
        {
            list,
            show,
            query,
            rename,
            remove,
            _azureStorage,
            _container,
        };
    }

    /// <summary>What is wrong with a store, or with what it has, is no fault of the program's.</summary>
    private static async Task<int> GuardAsync(Func<Task<int>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception exception)
            when (exception is InvalidDataException or StateMigrationException or IOException or UnauthorizedAccessException)
        {
            throw StateLocation.Mistake(exception.Message, exception);
        }
        catch (CliException mistake) when (mistake.ExitCode != CliApplication.BadUsage)
        {
            throw StateLocation.Mistake(mistake.Message, mistake);
        }
    }

    private Task<StateLocation> OpenAsync(string? location, bool isForReading, ParseResult parsed, CancellationToken cancellation) =>
        StateLocation.OpenAsync(location, parsed.GetValue(_azureStorage), parsed.GetValue(_container)!, isForReading, cancellation);

    private async Task<RestoredCheckpoint> LoadAsync(ParseResult parsed, CancellationToken cancellation)
    {
        StateLocation location = await OpenAsync(parsed.GetValue(_location), isForReading: true, parsed, cancellation);
        return await CheckpointLoader.LoadAsync(location.Store, await StateListing.FindOneAsync(location, cancellation), cancellation);
    }

    private async Task<int> ListAsync(CliConsole console, ParseResult parsed, CancellationToken cancellation)
    {
        StateLocation location = await OpenAsync(parsed.GetValue(_location), isForReading: true, parsed, cancellation);
        IReadOnlyList<ListedCheckpoint> all = await StateListing.ReadAsync(location, cancellation);
        if (all.Count == 0)
        {
            throw StateLocation.Mistake(
                $"There are no checkpoints in '{location.Text}'; give a --checkpoint-dir, the folder of a job in it, or that of one "
                    + "checkpoint."
            );
        }

        foreach (ListedCheckpoint each in all)
        {
            await console.Out.WriteLineAsync(parsed.GetValue(_json) ? SchemaJson.ToText(json => WriteJson(each, json)) : TextOf(each, all));
        }

        return CliApplication.Success;
    }

    private async Task<int> ShowAsync(CliConsole console, ParseResult parsed, CancellationToken cancellation)
    {
        StateOverview overview = new(await LoadAsync(parsed, cancellation));
        if (parsed.GetValue(_json))
        {
            await console.Out.WriteLineAsync(SchemaJson.ToText(overview.WriteJson));
        }
        else
        {
            overview.WriteText(console.Out);
        }

        return CliApplication.Success;
    }

    private async Task<int> QueryAsync(CliConsole console, ParseResult parsed, CancellationToken cancellation)
    {
        RestoredCheckpoint checkpoint = await LoadAsync(parsed, cancellation);
        StateContents state = StateQuery.Find(checkpoint, parsed.GetValue(_uid)!, parsed.GetValue(_state)!);
        (string? key, int limit) = (parsed.GetValue(_key), parsed.GetValue(_limit));
        int written = 0;
        foreach (StateEntry entry in StateQuery.Entries(state, key, parsed.GetValue(_namespace), checkpoint.Manifest.MaxParallelism))
        {
            cancellation.ThrowIfCancellationRequested();
            if (written == limit)
            {
                await console.Error.WriteLineAsync(
                    string.Create(CultureInfo.InvariantCulture, $"There are more than {limit} entries; --limit n writes more.")
                );
                break;
            }

            await console.Out.WriteLineAsync(SchemaJson.ToText(entry.WriteJson));
            written++;
        }

        if (written == 0)
        {
            await console.Error.WriteLineAsync(
                key is null ? $"State '{state.Name}' has no such entries." : $"State '{state.Name}' has nothing for key {key}."
            );
        }

        return CliApplication.Success;
    }

    private async Task<int> WriteAsync(
        CliConsole console,
        ParseResult parsed,
        Action<SavepointWriter, ParseResult> change,
        CancellationToken cancellation
    )
    {
        StateLocation location = await OpenAsync(parsed.GetValue(_source), isForReading: false, parsed, cancellation);
        string path = await StateListing.FindOneAsync(location, cancellation);
        SavepointWriter writer = SavepointWriter.FromExistingSavepoint(await SavepointReader.LoadAsync(location.Store, path, cancellation));
        try
        {
            change(writer, parsed);
            await console.Out.WriteLineAsync(
                await writer.WriteAsync(location.Store, parsed.GetValue(_to)!, cancellationToken: cancellation)
            );
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // The library's own addition names parameters of .NET.
            throw StateLocation.Mistake(exception.Message.Split(" (Parameter '")[0], exception);
        }

        return CliApplication.Success;
    }

    private void Rename(SavepointWriter writer, ParseResult parsed)
    {
        foreach (string rename in parsed.GetValue(_renames)!)
        {
            int at = rename.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0 || at == rename.Length - 1)
            {
                throw StateLocation.Mistake($"--uid '{rename}' names no two uids; expected old=new.");
            }

            writer.ChangeOperatorIdentifier(rename[..at], rename[(at + 1)..]);
        }
    }

    private void Remove(SavepointWriter writer, ParseResult parsed)
    {
        foreach (string uid in parsed.GetValue(_uids)!)
        {
            writer.RemoveOperator(uid);
        }
    }

    private static string TextOf(ListedCheckpoint each, IReadOnlyList<ListedCheckpoint> all)
    {
        string mark = each.IsNewest ? "*" : " ";
        string job = each.Job.PadRight(all.Max(static other => other.Job.Length));
        string kind = (each.Kind == CheckpointKind.Savepoint ? "savepoint" : "checkpoint").PadRight(10);
        string location = each.Folder.PadRight(all.Max(static other => other.Folder.Length));
        if (each.Manifest is not { } manifest)
        {
            return $"{mark} {job}  {kind}  {location}  {each.Fault}";
        }

        string parts = string.Create(
            CultureInfo.InvariantCulture,
            $"{each.Parts} part(s){(each.PartsElsewhere > 0 ? $", {each.PartsElsewhere} of them earlier checkpoints'" : "")}"
        );
        return $"{mark} {job}  {kind}  {location}  {Format.Time(manifest.Timestamp)}  {Format.Bytes(manifest.Size()), 8}  {parts}  "
            + (each.Fault ?? "complete");
    }

    private static void WriteJson(ListedCheckpoint each, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("job", each.Job);
        json.WriteString("location", each.Folder);
        json.WriteString("kind", each.Kind.ToString());
        json.WriteBoolean("isNewest", each.IsNewest);
        json.WriteBoolean("isComplete", each.Fault is null);
        if (each.Fault is { } fault)
        {
            json.WriteString("fault", fault);
        }

        if (each.Manifest is { } manifest)
        {
            json.WriteNumber("id", manifest.CheckpointId);
            json.WriteString("time", manifest.Timestamp);
            json.WriteNumber("bytes", manifest.Size());
            json.WriteNumber("parts", each.Parts);
            json.WriteNumber("partsOfEarlierCheckpoints", each.PartsElsewhere);
            json.WriteNumber("maxParallelism", manifest.MaxParallelism);
        }

        json.WriteEndObject();
    }
}
