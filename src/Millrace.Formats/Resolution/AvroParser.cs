using System.Text.Json;

namespace Millrace.Formats.Resolution;

/// <summary>Reads a schema's JSON.</summary>
internal sealed class AvroParser
{
    private static readonly Dictionary<string, AvroKind> Primitives = new(StringComparer.Ordinal)
    {
        ["null"] = AvroKind.Null,
        ["boolean"] = AvroKind.Boolean,
        ["int"] = AvroKind.Int,
        ["long"] = AvroKind.Long,
        ["float"] = AvroKind.Float,
        ["double"] = AvroKind.Double,
        ["bytes"] = AvroKind.Bytes,
        ["string"] = AvroKind.String,
    };

    private readonly Dictionary<string, AvroNode> _named = new(StringComparer.Ordinal);

    private AvroParser() { }

    /// <param name="schema">The schema's JSON.</param>
    /// <exception cref="SchemaFormatException">It is no schema.</exception>
    public static AvroNode Parse(string schema)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(schema);
            return new AvroParser().Node(document.RootElement.Clone(), space: "");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new SchemaFormatException(
                $"\"{(schema.Length > 100 ? schema[..100] + "..." : schema)}\" is no Avro schema ({e.Message}); correct what is "
                    + "registered.",
                e
            );
        }
    }

    private AvroNode Node(JsonElement json, string space) =>
        json.ValueKind switch
        {
            JsonValueKind.String => Reference(json.GetString()!, space),
            JsonValueKind.Array => new AvroNode(AvroKind.Union)
            {
                Parts = [.. json.EnumerateArray().Select(branch => Node(branch, space))],
            },
            _ => Complex(json, space),
        };

    private AvroNode Reference(string name, string space)
    {
        if (Primitives.TryGetValue(name, out AvroKind primitive))
        {
            return new AvroNode(primitive);
        }

        // Apache.Avro writes a name without namespace that stands inside of one with a dot in front.
        name = name.TrimStart('.');
        return _named.TryGetValue(Qualify(name, space), out AvroNode? known) || _named.TryGetValue(name, out known)
            ? known
            : throw new FormatException($"type '{name}' is not defined before it is used");
    }

    private AvroNode Complex(JsonElement json, string space)
    {
        JsonElement type = json.GetProperty("type");
        if (type.ValueKind != JsonValueKind.String)
        {
            return Node(type, space);
        }

        switch (type.GetString())
        {
            case "array":
                return new AvroNode(AvroKind.Array) { Parts = [Node(json.GetProperty("items"), space)] };
            case "map":
                return new AvroNode(AvroKind.Map) { Parts = [Node(json.GetProperty("values"), space)] };
            case "record" or "error":
                return Record(json, space);
            case "enum":
                string[] symbols = Strings(json, "symbols");
                return Define(
                    new AvroNode(AvroKind.Enum, NameOf(json, space))
                    {
                        Aliases = AliasesOf(json, space),
                        Symbols = symbols,
                        DefaultSymbol = json.TryGetProperty("default", out JsonElement symbol) ? symbol.GetString() : null,
                    }
                );
            case "fixed":
                return Define(
                    new AvroNode(AvroKind.Fixed, NameOf(json, space))
                    {
                        Aliases = AliasesOf(json, space),
                        Size = json.GetProperty("size").GetInt32(),
                    }
                );
            default:
                return Reference(type.GetString()!, space);
        }
    }

    private AvroNode Record(JsonElement json, string space)
    {
        AvroNode record = Define(new AvroNode(AvroKind.Record, NameOf(json, space)) { Aliases = AliasesOf(json, space) });
        string inner = SpaceOf(record.FullName);
        foreach (JsonElement field in json.GetProperty("fields").EnumerateArray())
        {
            record.Fields.Add(
                new AvroField(
                    field.GetProperty("name").GetString()!,
                    Strings(field, "aliases"),
                    Node(field.GetProperty("type"), inner),
                    field.TryGetProperty("default", out JsonElement given) ? given : null
                )
            );
        }

        return record;
    }

    private AvroNode Define(AvroNode node) =>
        _named.TryAdd(node.FullName, node) ? node : throw new FormatException($"type '{node.FullName}' is defined twice");

    private static string NameOf(JsonElement json, string space) =>
        Qualify(
            json.GetProperty("name").GetString()!,
            json.TryGetProperty("namespace", out JsonElement own) && own.ValueKind == JsonValueKind.String ? own.GetString()! : space
        );

    private static string[] AliasesOf(JsonElement json, string space)
    {
        string own = SpaceOf(NameOf(json, space));
        return [.. Strings(json, "aliases").Select(alias => Qualify(alias, own))];
    }

    private static string[] Strings(JsonElement json, string property) =>
        json.TryGetProperty(property, out JsonElement all) && all.ValueKind == JsonValueKind.Array
            ? [.. all.EnumerateArray().Select(each => each.GetString()!)]
            : [];

    private static string Qualify(string name, string space) =>
        name.Contains('.', StringComparison.Ordinal) || space.Length == 0 ? name : $"{space}.{name}";

    private static string SpaceOf(string fullName) => fullName.LastIndexOf('.') is var dot and >= 0 ? fullName[..dot] : "";
}
