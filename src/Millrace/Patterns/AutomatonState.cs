namespace Millrace.Patterns;

/// <summary>A state of the automaton.</summary>
internal sealed class AutomatonState(int index, int stage, bool isFinal, bool isPending)
{
    public int Index { get; } = index;

    /// <summary>The stage that its takes are for; -1 = none.</summary>
    public int Stage { get; } = stage;

    public bool IsFinal { get; } = isFinal;

    /// <summary>Whether a partial match here becomes a match when its time is over.</summary>
    public bool IsPending { get; } = isPending;

    public List<AutomatonTransition> Transitions { get; } = [];

    /// <summary>Stages (<c>NotNext</c>, <c>NotFollowedBy</c>) whose condition ends the partial match, in all states that it is in.</summary>
    public List<int> Stops { get; } = [];

    /// <summary>Greedy stages whose condition ends the partial match in this state.</summary>
    public List<int> Guards { get; } = [];

    /// <summary>Whether nothing more is needed for a match here.</summary>
    public bool IsAccepting { get; set; }

    /// <summary>Whether a partial match here becomes a match when its time is over.</summary>
    public bool CompletesAtTimeout { get; set; }
}
