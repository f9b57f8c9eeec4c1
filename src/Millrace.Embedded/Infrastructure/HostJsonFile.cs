using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Embedded.Cli;

namespace Millrace.Embedded.Infrastructure;

/// <summary>Puts sections under <c>extensions</c> of a host.json and leaves every other byte of it, comments too, as it is.</summary>
internal static class HostJsonFile
{
    private const string Extensions = "extensions";
    private const string New =
        "{\n  \"version\": \"2.0\",\n  \"extensions\": {\n    \"http\": {\n      \"routePrefix\": \"\"\n    }\n  }\n}\n";
    private static readonly JsonReaderOptions Reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, NewLine = "\n" };

    /// <param name="path">The file, for messages.</param>
    /// <param name="text">What is there; <see langword="null"/> = no file yet.</param>
    /// <param name="sections">Names and contents.</param>
    /// <returns>The new text.</returns>
    public static string With(string path, string? text, IEnumerable<(string Name, JsonObject Content)> sections)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text ?? New);
        try
        {
            if (Find(bytes) is null)
            {
                bytes = Insert(bytes, Find(bytes, atRoot: true)!.Value, Extensions, "{\n  }", depth: 1);
            }

            foreach ((string name, JsonObject content) in sections)
            {
                string json = content.ToJsonString(Format).Replace("\n", "\n    ", StringComparison.Ordinal);
                JsonObjectSpan extensions = Find(bytes)!.Value;
                bytes = extensions.Members.TryGetValue(name, out Range value)
                    ? Splice(bytes, value, json)
                    : Insert(bytes, extensions, name, json, depth: 2);
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw new CliException($"'{path}' is no host.json: {failure.Message} Correct it, or give another with --host-json.", failure);
        }

        return Encoding.UTF8.GetString(bytes);
    }

    private static byte[] Splice(byte[] bytes, Range range, string json) =>
        [.. bytes[..range.Start], .. Encoding.UTF8.GetBytes(json), .. bytes[range.End..]];

    // A new member comes first: what follows it is then known to need a comma, whatever comments stand at the end.
    private static byte[] Insert(byte[] bytes, JsonObjectSpan into, string name, string json, int depth)
    {
        string indent = new(' ', depth * 2);
        string member = $"\n{indent}\"{name}\": {json}{(into.Members.Count > 0 ? "," : "\n" + indent[2..])}";
        return Splice(bytes, new Range(into.Open + 1, into.Members.Count > 0 ? into.Open + 1 : into.Close), member);
    }

    private static JsonObjectSpan? Find(byte[] bytes, bool atRoot = false)
    {
        Utf8JsonReader reader = new(bytes, Reading);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("expected an object.");
        }

        JsonObjectSpan root = Members(ref reader);
        if (atRoot)
        {
            return root;
        }

        if (!root.Members.TryGetValue(Extensions, out Range range))
        {
            return null;
        }

        (int start, int length) = range.GetOffsetAndLength(bytes.Length);
        Utf8JsonReader inner = new(bytes.AsSpan(start, length), Reading);
        inner.Read();
        if (inner.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException($"{Extensions} is no object.");
        }

        JsonObjectSpan found = Members(ref inner);
        return new JsonObjectSpan(
            found.Open + start,
            found.Close + start,
            found.Members.ToDictionary(
                member => member.Key,
                member => new Range(member.Value.Start.Value + start, member.Value.End.Value + start),
                StringComparer.Ordinal
            )
        );
    }

    private static JsonObjectSpan Members(ref Utf8JsonReader reader)
    {
        int open = (int)reader.TokenStartIndex;
        Dictionary<string, Range> members = new(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            members[name] = new Range(start, (int)reader.BytesConsumed);
        }

        return new JsonObjectSpan(open, (int)reader.TokenStartIndex, members);
    }

    private readonly record struct JsonObjectSpan(int Open, int Close, IReadOnlyDictionary<string, Range> Members);
}
