using System.Globalization;
using System.Text.Json;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Embedded.Views;
using Millrace.Operators.Connectors;
using Millrace.Savepoints;
using Millrace.Serialization;
using Millrace.Time;

namespace Millrace.Embedded.OfflineState;

/// <summary>Shows what a checkpoint or savepoint has, for people and as JSON.</summary>
internal sealed class StateOverview(RestoredCheckpoint checkpoint)
{
    private const int LargestGroups = 3;

    private readonly IReadOnlyList<OperatorContents> _operators = OperatorContents.AllOf(checkpoint);

    private CheckpointManifest Manifest => checkpoint.Manifest;

    private int Parts => Manifest.Stages.Sum(static stage => stage.Parts.Count);

    public void WriteText(TextWriter output)
    {
        string kind = Manifest.Kind == CheckpointKind.Savepoint ? "Savepoint" : "Checkpoint";
        output.WriteLine(
            Line($"{kind} {checkpoint.Id} of job '{Manifest.Job}', {Format.Time(Manifest.Timestamp)}, in {checkpoint.Folder}")
        );
        output.WriteLine(Line($"  {Parts} part(s), {Format.Bytes(Manifest.Size())}, maxParallelism {Manifest.MaxParallelism}"));
        foreach (OperatorContents each in _operators.Where(static each => !each.IsEmpty))
        {
            string stage = each.Stage is { } of ? Line($" (stage {of.Uid}, parallelism {of.Parallelism})") : "";
            output.WriteLine();
            output.WriteLine($"{each.Uid}{stage}");
            foreach ((string port, long watermark) in each.Watermarks)
            {
                output.WriteLine($"  watermark of input {port[(port.LastIndexOf(':') + 1)..]}: {EventTime.ToText(watermark)}");
            }

            foreach (RestoredSplit split in each.Splits)
            {
                output.WriteLine("  " + TextOf(split));
            }

            foreach (StateContents state in each.States)
            {
                WriteText(state, output);
            }

            foreach ((string name, long bytes) in each.Others)
            {
                output.WriteLine($"  {name}: not shown, {Format.Bytes(bytes)}");
            }
        }

        string[] empty = [.. _operators.Where(static each => each.IsEmpty).Select(static each => each.Uid)];
        if (empty.Length > 0)
        {
            output.WriteLine();
            output.WriteLine($"Without state: {string.Join(", ", empty)}");
        }
    }

    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("job", Manifest.Job);
        json.WriteString("location", checkpoint.Folder);
        json.WriteString("kind", Manifest.Kind.ToString());
        json.WriteNumber("id", checkpoint.Id);
        json.WriteString("time", Manifest.Timestamp);
        json.WriteNumber("parts", Parts);
        json.WriteNumber("bytes", Manifest.Size());
        json.WriteNumber("maxParallelism", Manifest.MaxParallelism);
        json.WriteStartArray("operators");
        foreach (OperatorContents each in _operators)
        {
            WriteJson(each, json);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string CountOf(long? count) =>
        count switch
        {
            null => "entries not known",
            1 => "1 entry",
            _ => Line($"{count} entries"),
        };

    private static string TextOf(RestoredSplit split)
    {
        string finished = split.IsFinished ? ", read to its end" : "";
        string where = SplitPosition.Of(split.Split) is { } position
            ? Line($"topic {position.Topic}, partition {position.Partition}, {OffsetOf(position)}")
            : $"split {split.Split.Id}, position {Convert.ToHexStringLower(split.Split.Position.Span)}";
        return $"{where}, watermark {EventTime.ToText(split.Watermark)}{finished}";
    }

    private static string OffsetOf(RawPosition position)
    {
        string next = position.Offset < 0 ? "from the beginning" : Line($"next offset {position.Offset}");
        return position.Stop is { } stop ? Line($"{next}, up to {stop}") : next;
    }

    private static string TypesOf(StateContents state)
    {
        string key = state.Keys is null ? "" : SchemaJson.WordsOf(state.Keys);
        string space = state.Namespaces is null ? "" : " and " + SchemaJson.WordsOf(state.Namespaces);
        string value = state.Values is null ? "" : SchemaJson.WordsOf(state.Values);
        return key.Length == 0 || value.Length == 0 ? key + space + value : $"{key}{space} -> {value}";
    }

    private static IEnumerable<int> LargestOf(StateContents state) =>
        state.KeyGroups.OrderByDescending(state.BytesOf).ThenBy(static group => group).Take(LargestGroups);

    private static void WriteText(StateContents state, TextWriter output)
    {
        long? count = state.Count();
        output.WriteLine($"  {state.Name}: {state.Kind}, {CountOf(count)}, {Format.Bytes(state.Bytes)}");
        if (TypesOf(state) is { Length: > 0 } types)
        {
            output.WriteLine($"    {types}");
        }

        if (state.KeyGroups.Count > 0)
        {
            IEnumerable<string> largest = LargestOf(state)
                .Select(group => Line($"{group} ({CountOf(state.CountOf(group))}, {Format.Bytes(state.BytesOf(group))})"));
            output.WriteLine(Line($"    {state.KeyGroups.Count} key group(s), largest: {string.Join(", ", largest)}"));
        }
    }

    private static void WriteJson(OperatorContents each, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("uid", each.Uid);
        if (each.Stage is { } stage)
        {
            json.WriteString("stage", stage.Uid);
            json.WriteNumber("parallelism", stage.Parallelism);
        }

        json.WriteStartObject("watermarks");
        foreach ((string port, long watermark) in each.Watermarks)
        {
            json.WriteNumber(port, watermark);
        }

        json.WriteEndObject();
        json.WriteStartArray("splits");
        foreach (RestoredSplit split in each.Splits)
        {
            WriteJson(split, json);
        }

        json.WriteEndArray();
        json.WriteStartArray("states");
        foreach (StateContents state in each.States)
        {
            WriteJson(state, json);
        }

        json.WriteEndArray();
        json.WriteStartObject("other");
        foreach ((string name, long bytes) in each.Others)
        {
            json.WriteNumber(name, bytes);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteJson(RestoredSplit split, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("split", split.Split.Id);
        if (SplitPosition.Of(split.Split) is { } position)
        {
            json.WriteString("topic", position.Topic);
            json.WriteNumber("partition", position.Partition);
            json.WriteNumber("nextOffset", position.Offset);
            if (position.Stop is { } stop)
            {
                json.WriteNumber("stop", stop);
            }
        }
        else
        {
            json.WriteString("position", Convert.ToHexStringLower(split.Split.Position.Span));
        }

        json.WriteNumber("watermark", split.Watermark);
        json.WriteBoolean("isFinished", split.IsFinished);
        json.WriteEndObject();
    }

    private static void WriteJson(StateContents state, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name", state.Name);
        json.WriteString("section", state.Section);
        json.WriteString("kind", state.Kind);
        foreach (
            (string name, TypeSchema? schema) in (ReadOnlySpan<(string, TypeSchema?)>)
                [("key", state.Keys), ("namespace", state.Namespaces), ("value", state.Values)]
        )
        {
            if (schema is not null)
            {
                json.WriteString(name, SchemaJson.WordsOf(schema));
            }
        }

        if (state.Count() is { } count)
        {
            json.WriteNumber("entries", count);
        }

        json.WriteNumber("bytes", state.Bytes);
        json.WriteNumber("keyGroups", state.KeyGroups.Count);
        json.WriteStartArray("largestKeyGroups");
        foreach (int group in LargestOf(state))
        {
            json.WriteStartObject();
            json.WriteNumber("keyGroup", group);
            if (state.CountOf(group) is { } entries)
            {
                json.WriteNumber("entries", entries);
            }

            json.WriteNumber("bytes", state.BytesOf(group));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
