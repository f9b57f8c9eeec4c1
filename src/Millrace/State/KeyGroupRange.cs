namespace Millrace.State;

/// <summary>A range of key groups <c>[Start, End)</c>.</summary>
/// <param name="Start">First key group.</param>
/// <param name="End">The key group after the last one.</param>
public readonly record struct KeyGroupRange(int Start, int End)
{
    /// <summary>Number of key groups.</summary>
    public int Count => End - Start;

    /// <summary>Whether a key group lies in the range.</summary>
    /// <param name="keyGroup">The key group.</param>
    public bool Contains(int keyGroup) => keyGroup >= Start && keyGroup < End;
}
