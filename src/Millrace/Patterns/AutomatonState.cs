namespace Millrace.Patterns;

/// <summary>Where a partial match is after an event: what may be taken next.</summary>
internal sealed class AutomatonState(int index)
{
    public int Index { get; } = index;

    /// <summary>Whether nothing more is needed for a match.</summary>
    public bool IsAccepting { get; set; }

    /// <summary>All that a partial match tries from here, each on its own.</summary>
    public List<AutomatonWay> Ways { get; } = [];
}
