using System.Globalization;
using System.Text.Json;

namespace Millrace.Embedded.OfflineState;

/// <summary>Whether a value is the one that a word of the command line means: as JSON, or text as it is.</summary>
internal sealed class JsonMatcher(string text)
{
    private readonly JsonElement? _value = Parse(text);

    public bool Matches(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement value = document.RootElement;
        return (value.ValueKind == JsonValueKind.String && value.ValueEquals(text))
            || (_value is { } expected && JsonElement.DeepEquals(value, expected));
    }

    /// <summary>Whether a window is meant: by its beginning alone, too.</summary>
    public bool MatchesWindow(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return Matches(json)
            || (
                document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("Start", out JsonElement start)
                && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long expected)
                && start.TryGetInt64(out long actual)
                && actual == expected
            );
    }

    private static JsonElement? Parse(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
