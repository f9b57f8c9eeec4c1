namespace Millrace.Testing.Simulation;

/// <summary>How a run ended.</summary>
internal sealed record SimOutcome
{
    /// <summary>What went wrong in the run itself: a violated invariant, or no end.</summary>
    public string? Failure { get; init; }

    /// <summary>What each task's state says.</summary>
    public required IReadOnlyDictionary<string, string> States { get; init; }

    public required IReadOnlyList<SimulatedOutput> Output { get; init; }

    public required IReadOnlyList<InjectedFault> Injected { get; init; }

    public required IReadOnlyDictionary<string, int> Observed { get; init; }

    public required IReadOnlyList<string> Trace { get; init; }

    public required TimeSpan VirtualTime { get; init; }

    public required long Steps { get; init; }

    /// <summary>Compares with the undisturbed run. Null: nothing lost, nothing doubled, same state.</summary>
    public string? Differs(SimOutcome undisturbed, Func<string, SimulatedSink> guaranteeOf)
    {
        if (Failure is not null)
        {
            return Failure;
        }

        foreach ((string task, string expected) in undisturbed.States)
        {
            if (States[task] != expected)
            {
                return $"Task {task} ended in another state than in the undisturbed run.{Environment.NewLine}  actual   "
                    + $"{States[task]}{Environment.NewLine}  expected {expected}";
            }
        }

        return TryGetExpected(guaranteeOf, out List<SimulatedOutput>? actual)
            ?? undisturbed.TryGetExpected(guaranteeOf, out List<SimulatedOutput>? wanted)
            ?? Compare(actual, wanted);
    }

    /// <summary>Of sinks that may repeat, one record per id; says so where two records of one id differ.</summary>
    private string? TryGetExpected(Func<string, SimulatedSink> guaranteeOf, out List<SimulatedOutput> distinct)
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

    private static string? Compare(IReadOnlyList<SimulatedOutput> actual, IReadOnlyList<SimulatedOutput> expected)
    {
        Dictionary<(string Sink, string Content), int> balance = new();
        foreach (SimulatedOutput record in actual)
        {
            balance[(record.Sink, record.Content)] = balance.GetValueOrDefault((record.Sink, record.Content)) + 1;
        }

        foreach (SimulatedOutput record in expected)
        {
            balance[(record.Sink, record.Content)] = balance.GetValueOrDefault((record.Sink, record.Content)) - 1;
        }

        KeyValuePair<(string Sink, string Content), int>[] wrong = balance
            .Where(static pair => pair.Value != 0)
            .OrderBy(static pair => pair.Key)
            .ToArray();
        return wrong.Length == 0
            ? null
            : $"{wrong.Length} sink records differ from the undisturbed run, first: {wrong[0].Key.Sink} '{wrong[0].Key.Content}' is "
                + (wrong[0].Value > 0 ? $"there {wrong[0].Value} times too often." : $"missing {-wrong[0].Value} times.");
    }
}
