using System.Globalization;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>Lines of some keys over some seconds, slightly out of order within a partition, and what must come out.</summary>
internal sealed class Workload(int records, int seed, int keyLength = 2, int keys = 20)
{
    private readonly Line[] _lines = Create(records, seed, keyLength, keys);

    public int Records => records;

    public IEnumerable<(int Partition, string Value)> Part(int from, int to) =>
        Enumerable
            .Range(from, to - from)
            .Select(i => (i, string.Create(CultureInfo.InvariantCulture, $"{_lines[i].Key}:{_lines[i].Time}")));

    public string[] Expected() =>
        [
            .. _lines
                .GroupBy(line => (line.Key, Start: line.Time / 1000 * 1000))
                .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Key.Key}:{group.Key.Start}:{group.Count()}"))
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>The same, added up over all keys.</summary>
    public string[] ExpectedTotals() =>
        [
            .. _lines
                .GroupBy(line => line.Time / 1000 * 1000)
                .Select(group => string.Create(CultureInfo.InvariantCulture, $"all:{group.Key}:{group.Count()}"))
                .Order(StringComparer.Ordinal),
        ];

    private static Line[] Create(int records, int seed, int keyLength, int keys)
    {
        Random random = new(seed);
        return
        [
            .. Enumerable
                .Range(0, records)
                .Select(i => new Line($"k{random.Next(keys)}".PadRight(keyLength, '.'), (i * 2L) + random.Next(300))),
        ];
    }
}
