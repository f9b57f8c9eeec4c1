using System.Text.Json.Nodes;

namespace Millrace.Functions.Tests.Conformance;

/// <summary>What is promised about two runs over the same input, and so has to be equal.</summary>
/// <param name="Description">In words, for the table.</param>
/// <param name="Normalize">From the records of a topic, as they came, to what has to be equal.</param>
internal sealed record Comparison(string Description, Func<IReadOnlyList<string>, IEnumerable<string>> Normalize)
{
    /// <summary>The same records, in any order.</summary>
    public static Comparison Multiset { get; } = new("the same records", static records => records.Order(StringComparer.Ordinal));

    /// <summary>The same records, and those with the same key in the same order.</summary>
    /// <param name="fields">Paths into the records' JSON that make up the key.</param>
    public static Comparison InOrderPer(params string[] fields) =>
        new(
            $"the same records, in the same order per {string.Join(" and ", fields)}",
            records => Groups(records, fields).SelectMany(group => group)
        );

    /// <summary>
    /// As many records, and the same last one of each key: what is in between depends on the order in which tasks hear of each other.
    /// </summary>
    /// <param name="fields">Paths into the records' JSON that make up the key.</param>
    public static Comparison LastPer(params string[] fields) =>
        new(
            $"as many records, and the same last one per {string.Join(" and ", fields)}",
            records => Groups(records, fields).Select(group => $"{group.Count()} x {group.Last()}")
        );

    /// <summary>The same records in the same order.</summary>
    public static Comparison InOrder { get; } = new("the same records in the same order", static records => records);

    /// <summary>As <see cref="InOrderPer"/>, for lines that begin with their key and a colon.</summary>
    public static Comparison InOrderPerKey { get; } =
        new("the same records, in the same order per key", static records => Lines(records).SelectMany(static group => group));

    /// <summary>As <see cref="LastPer"/>, for lines that begin with their key and a colon.</summary>
    public static Comparison LastPerKey { get; } =
        new(
            "as many records, and the same last one per key",
            static records => Lines(records).Select(static group => $"{group.Count()} x {group.Last()}")
        );

    private static IEnumerable<IGrouping<string, string>> Lines(IReadOnlyList<string> records) =>
        records
            .GroupBy(static record => record[..record.IndexOf(':', StringComparison.Ordinal)], StringComparer.Ordinal)
            .OrderBy(static group => group.Key, StringComparer.Ordinal);

    private static IEnumerable<IGrouping<string, string>> Groups(IReadOnlyList<string> records, string[] fields) =>
        records.GroupBy(record => KeyOf(record, fields), StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal);

    private static string KeyOf(string record, string[] fields)
    {
        JsonNode json = JsonNode.Parse(record)!;
        return string.Join(
            '/',
            fields.Select(field =>
                field
                    .Split('.')
                    .Aggregate(
                        json,
                        (node, name) =>
                            node[name] ?? throw new InvalidOperationException($"Record {record} has no field '{field}' to be compared by.")
                    )
            )
        );
    }
}
