using System.Globalization;
using System.Text;
using Millrace.Functions.Tests.Repository;

namespace Millrace.Functions.Tests.Conformance;

/// <summary>The tables of <c>docs/conformance.md</c>: between two marks, everything else there is written by people.</summary>
internal static class ConformanceTable
{
    public const string WriteVariable = "MILLRACE_WRITE_CONFORMANCE";

    private static readonly string File = Tree.PathOf(Path.Combine("docs", "conformance.md"));

    /// <summary>The table as it stands in the document.</summary>
    public static string Read(string name) => Cut(System.IO.File.ReadAllText(File).ReplaceLineEndings("\n"), name).Table;

    public static void Write(string name, string table)
    {
        (string before, _, string after) = Cut(System.IO.File.ReadAllText(File).ReplaceLineEndings("\n"), name);
        System.IO.File.WriteAllText(File, before + table + after);
    }

    public static string Render(IEnumerable<ConformanceRow> rows)
    {
        StringBuilder table = new(
            "| job | input | records out | embedded | function app | what is compared |\n| --- | --- | ---: | --- | --- | --- |\n"
        );
        foreach (ConformanceRow row in rows.OrderBy(row => Natural(row.Case.Name), StringComparer.Ordinal))
        {
            string input = string.Join(
                ", ",
                row.Case.Inputs.Select(topic =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"`{topic.Name}`: {row.Case.RecordsOf(topic)} in {topic.Partitions} partition{(topic.Partitions == 1 ? "" : "s")}"
                    )
                )
            );
            string embedded = row.Case.Inputs.Count == 0 ? "not compared" : "runs";
            string verdict =
                row.Reason is { } reason ? "does not run: " + reason.Replace("|", "\\|", StringComparison.Ordinal)
                : row.Difference is null ? "equal"
                : "DIFFERS";
            table.Append(
                CultureInfo.InvariantCulture,
                $"| {row.Case.Name} | {input} | {row.Results} | {embedded} | {verdict} | "
                    + $"{(row.Reason is null ? row.Case.Comparison.Description : "")} |\n"
            );
        }

        return table.ToString();
    }

    // q2 comes before q10.
    private static string Natural(string name)
    {
        string digits = string.Concat(name.Reverse().TakeWhile(char.IsAsciiDigit).Reverse());
        return name[..^digits.Length] + digits.PadLeft(4, '0');
    }

    private static (string Before, string Table, string After) Cut(string text, string name)
    {
        string begin = $"<!-- {name}: written by ConformanceTests -->\n";
        int start = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        int end = text.IndexOf("<!-- end -->", start, StringComparison.Ordinal);
        return start >= begin.Length && end >= start
            ? (text[..start], text[start..end], text[end..])
            : throw new InvalidOperationException(
                $"{File} has no lines '{begin.Trim()}' and '<!-- end -->' around its table; put them back."
            );
    }
}
