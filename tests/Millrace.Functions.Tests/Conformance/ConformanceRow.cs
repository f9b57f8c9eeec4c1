namespace Millrace.Functions.Tests.Conformance;

/// <summary>What came of a case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Results">Records that the embedded host wrote.</param>
/// <param name="Reason">Why the function app does not run the job; <see langword="null"/> = it does.</param>
/// <param name="Difference">What differs, or failed; <see langword="null"/> = nothing.</param>
internal sealed record ConformanceRow(ConformanceCase Case, int Results, string? Reason, string? Difference)
{
    private const int MaxShown = 5;

    public static ConformanceRow Of(ConformanceCase conformance, HostOutput embedded, HostOutput functions)
    {
        string? failure =
            embedded.Failure is { } first ? $"Embedded: {first}"
            : functions.Failure is { } second ? $"Function app: {second}"
            : null;
        return failure is not null
            ? new ConformanceRow(conformance, 0, null, failure)
            : new ConformanceRow(
                conformance,
                embedded.Topics.Values.Sum(records => records.Count),
                null,
                Compare(conformance, embedded, functions)
            );
    }

    private static string? Compare(ConformanceCase conformance, HostOutput embedded, HostOutput functions)
    {
        List<string> differences = [];
        foreach (string topic in conformance.Outputs)
        {
            string[] expected = [.. conformance.Comparison.Normalize(embedded.Topics[topic])];
            string[] actual = [.. conformance.Comparison.Normalize(functions.Topics[topic])];
            if (expected.Length == 0 && !conformance.QuietOutputs.Contains(topic, StringComparer.Ordinal))
            {
                differences.Add($"{topic}: the embedded host wrote nothing, so nothing was compared; the input has to give results.");
            }
            else if (!expected.SequenceEqual(actual, StringComparer.Ordinal))
            {
                differences.Add(
                    $"{topic}: {embedded.Topics[topic].Count} records embedded, {functions.Topics[topic].Count} in the function app. "
                        + $"Only embedded: {Show(expected.Except(actual, StringComparer.Ordinal))}. Only in the function app: "
                        + $"{Show(actual.Except(expected, StringComparer.Ordinal))}."
                );
            }
        }

        return differences.Count == 0 ? null : string.Join('\n', differences);
    }

    private static string Show(IEnumerable<string> records) => string.Join(' ', records.Take(MaxShown));
}
