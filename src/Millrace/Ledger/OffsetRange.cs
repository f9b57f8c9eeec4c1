namespace Millrace.Ledger;

/// <summary>Source offsets <c>[From, To]</c>; both ends belong to the range.</summary>
internal readonly record struct OffsetRange(long From, long To)
{
    public bool IsEmpty => To < From;

    public bool Contains(long offset) => offset >= From && offset <= To;

    public override string ToString() => $"[{From}..{To}]";
}
