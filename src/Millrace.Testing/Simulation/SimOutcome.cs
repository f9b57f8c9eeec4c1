namespace Millrace.Testing.Simulation;

/// <summary>How a run ended.</summary>
internal sealed record SimOutcome
{
    private const int MaxTold = 4;

    /// <summary>What went wrong in the run itself: a violated invariant, or no end.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether the job had to stop and did: what it has put out must be right, but it is not all.</summary>
    public bool HasStopped { get; init; }

    public required IReadOnlyList<SimulatedOutput> Output { get; init; }

    public required IReadOnlyList<InjectedFault> Injected { get; init; }

    public required IReadOnlyDictionary<string, int> Observed { get; init; }

    public required IReadOnlyList<string> Trace { get; init; }

    public required TimeSpan VirtualTime { get; init; }

    public required long Steps { get; init; }

    /// <summary>Compares with what there must be. Null: nothing lost, nothing doubled.</summary>
    public string? Differs(IReadOnlyList<(string Sink, string Content)> expected, Func<string, SimulatedSink> guaranteeOf) =>
        Failure ?? TryGetDistinct(guaranteeOf, out List<SimulatedOutput> actual) ?? Compare(actual, expected);

    /// <summary>What the sinks got, one record per id where they may repeat.</summary>
    public IReadOnlyList<(string Sink, string Content)> Contents(Func<string, SimulatedSink> guaranteeOf) =>
        TryGetDistinct(guaranteeOf, out List<SimulatedOutput> distinct) is { } twins
            ? throw new InvalidOperationException(twins)
            : [.. distinct.Select(static record => (record.Sink, record.Content))];

    /// <summary>Of sinks that may repeat, one record per id; says so where two records of one id differ.</summary>
    private string? TryGetDistinct(Func<string, SimulatedSink> guaranteeOf, out List<SimulatedOutput> distinct)
    {
        Dictionary<(string, string), string> ids = new();
        distinct = [];
        foreach (SimulatedOutput record in Output)
        {
            if (guaranteeOf(record.Sink) == SimulatedSink.ExactlyOnce || ids.TryAdd((record.Sink, record.Id), record.Content))
            {
                distinct.Add(record);
            }
            else if (ids[(record.Sink, record.Id)] != record.Content)
            {
                return $"Sink {record.Sink} got '{record.Content}' and '{ids[(record.Sink, record.Id)]}' under one id, {record.Id}.";
            }
        }

        return null;
    }

    private string? Compare(IReadOnlyList<SimulatedOutput> actual, IReadOnlyList<(string Sink, string Content)> expected)
    {
        Dictionary<(string Sink, string Content), int> balance = new();
        foreach (SimulatedOutput record in actual)
        {
            balance[(record.Sink, record.Content)] = balance.GetValueOrDefault((record.Sink, record.Content)) + 1;
        }

        foreach ((string Sink, string Content) record in expected)
        {
            balance[record] = balance.GetValueOrDefault(record) - 1;
        }

        KeyValuePair<(string Sink, string Content), int>[] wrong = balance
            .Where(pair => HasStopped ? pair.Value > 0 : pair.Value != 0)
            .OrderBy(static pair => pair.Key)
            .ToArray();
        return wrong.Length == 0
            ? null
            : $"{wrong.Length} sink records are not what the input gives: "
                + string.Join(
                    ", ",
                    wrong
                        .Take(MaxTold)
                        .Select(static pair =>
                            $"{pair.Key.Sink} '{pair.Key.Content}' is "
                            + (pair.Value > 0 ? $"there {pair.Value} times too often" : $"missing {-pair.Value} times")
                        )
                )
                + ".";
    }
}
