using System.Globalization;
using Millrace.Api;
using Millrace.Patterns;
using Millrace.Testing;
using Millrace.UserFunctions;

namespace Millrace.Tests.Patterns;

/// <summary>Feeds events written as <c>a1 b2 c3</c>, one per 10 ms from 10 on, to a pattern.</summary>
internal sealed class PatternRun : IDisposable
{
    private readonly OperatorHarness<Item, string> _harness;
    private long _time;

    public PatternRun(Pattern<Item> pattern, bool restores = false, IComparer<Item>? comparer = null, bool names = false)
    {
        Func<PatternMatch<Item>, string> format = names ? match => match.ToString() : Format;
        _harness = OperatorHarness
            .ForKeyed<string, Item, string>(
                item => item.Key,
                items =>
                    CEP.Pattern(items, pattern, comparer)
                        .SideOutputLateData(Late)
                        .Select(TimedOut, (match, time) => $"{format(match)}@{time}", format),
                new HarnessOptions { RestoresBetweenSteps = restores, BatchSize = 4 }
            )
            .WithSideOutput(TimedOut)
            .WithSideOutput(Late);
    }

    public IReadOnlyList<string> Matches => _harness.OutputValues;

    public IReadOnlyList<StreamRecord<string>> Output => _harness.Output;

    public IReadOnlyList<string> Timeouts => [.. _harness.SideOutput(TimedOut).Select(record => record.Value)];

    public IReadOnlyList<string> LateItems => [.. _harness.SideOutput(Late).Select(record => record.Value.ToString())];

    private static OutputTag<string> TimedOut { get; } = new("timed-out");

    private static OutputTag<Item> Late { get; } = new("late");

    /// <summary>The matches of a pattern in some events.</summary>
    public static IReadOnlyList<string> Find(Pattern<Item> pattern, string items, bool restores = false)
    {
        using PatternRun run = new(pattern, restores);
        run.Feed(items);
        run.Watermark(1_000_000);
        return run.Matches;
    }

    public static Item Parse(string text, string key = "k") => new(key, text[0], int.Parse(text.AsSpan(1), CultureInfo.InvariantCulture));

    public void Feed(string items)
    {
        foreach (string item in items.Split(' '))
        {
            _time += 10;
            _harness.ProcessElement(Parse(item), _time);
            _harness.ProcessWatermark(_time);
        }
    }

    public void Add(string item, long timestamp, string key = "k") => _harness.ProcessElement(Parse(item, key), timestamp);

    public void Watermark(long watermark) => _harness.ProcessWatermark(watermark);

    public void Restore(int parallelism) => _harness.SnapshotAndRestore(parallelism);

    public void Dispose() => _harness.Dispose();

    private static string Format(PatternMatch<Item> match) => string.Join(' ', match.Events);
}
