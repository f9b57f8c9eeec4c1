using Millrace.Patterns;

namespace Millrace.Tests.Patterns;

/// <summary>
/// A random pattern and random input: events out of order, watermarks, and cuts by snapshot and restore into some parallelism.
/// </summary>
internal sealed class PatternScenario
{
    private readonly Random _random;
    private int _names;

    private PatternScenario(int seed)
    {
        _random = new Random(seed);
        SkipKind kind = Chance(2) ? SkipKind.NoSkip : (SkipKind)_random.Next(1, 5);
        // Without Within, matches can wait for ever for partial matches that began earlier.
        Window = kind == SkipKind.NoSkip && Chance(4) ? 0 : 60;
        Stages = Sequence(_random.Next(1, 5), depth: 0);
        Steps =
        [
            .. Enumerable
                .Range(0, _random.Next(1, 9))
                .Select(_ => new Step(
                    "abc"[_random.Next(3)],
                    _random.Next(1, 91),
                    Chance(3) ? _random.Next(1, 5) * 20 : 0,
                    Chance(4) ? _random.Next(1, 3) : 0
                )),
        ];
        string[] names = [.. Stages.SelectMany(stage => stage.Names)];
        string name = names[_random.Next(names.Length)];
        Skip = kind switch
        {
            SkipKind.ToNext => AfterMatchSkipStrategy.SkipToNext(),
            SkipKind.PastLastEvent => AfterMatchSkipStrategy.SkipPastLastEvent(),
            SkipKind.ToFirst => AfterMatchSkipStrategy.SkipToFirst(name),
            SkipKind.ToLast => AfterMatchSkipStrategy.SkipToLast(name),
            _ => AfterMatchSkipStrategy.NoSkip(),
        };
    }

    public StageSpec[] Stages { get; }

    public Step[] Steps { get; }

    public AfterMatchSkipStrategy Skip { get; }

    public int Window { get; }

    public Pattern<Item> Pattern => StageSpec.Build(Stages, Window, Skip);

    /// <summary>The scenario of a seed; <see langword="null"/> = its pattern is refused.</summary>
    public static PatternScenario? Of(int seed)
    {
        try
        {
            PatternScenario scenario = new(seed);
            AutomatonCompiler<Item>.Compile(scenario.Pattern);
            return scenario;
        }
        catch (MalformedPatternException)
        {
            return null;
        }
    }

    public override string ToString() => $"{string.Join(" -> ", Stages.AsEnumerable())} within {Window} {Skip}";

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    private StageSpec[] Sequence(int length, int depth) => [.. Enumerable.Range(0, length).Select(i => Stage(i, depth))];

    private StageSpec Stage(int i, int depth)
    {
        bool isGroup = depth < 2 && Chance(5);
        Contiguity contiguity =
            i == 0
                ? Contiguity.Strict
                : (Contiguity)
                    _random.Next(
                        isGroup ? 3
                        : Chance(3) ? 5
                        : 3
                    );
        StageSpec stage = new($"s{_names++:D2}", contiguity, new[] { "a", "b", "c", "ab", "bc" }[_random.Next(5)])
        {
            Gap = Chance(10) ? _random.Next(5, 40) : 0,
        };
        if (stage.IsNegative)
        {
            return stage with { IsAscending = Chance(5) };
        }

        if (isGroup)
        {
            stage = stage with { Group = Sequence(_random.Next(1, 4), depth + 1) };
        }

        stage = stage with { IsOptional = Chance(3), IsAscending = Chance(4) && !isGroup };
        if (Chance(2))
        {
            int from = _random.Next(1, 3);
            int to = Chance(3) ? int.MaxValue : from + _random.Next(0, 3);
            stage = stage with
            {
                IsQuantified = true,
                From = from,
                To = to,
                Inner = (Contiguity)_random.Next(3),
                UntilKinds = to == int.MaxValue && Chance(2) ? new[] { "a", "b", "c" }[_random.Next(3)] : "",
                RepetitionGap = Chance(8) ? _random.Next(5, 40) : 0,
            };
            stage = stage with { IsGreedy = Chance(3) && !isGroup && stage.Inner != Contiguity.Any && (from != to || stage.IsOptional) };
        }

        return stage;
    }

    /// <summary>An event, then a watermark if it is not 0, before both a cut into a parallelism if it is not 0.</summary>
    internal sealed record Step(char Kind, long Time, long Watermark, int Cut);
}
