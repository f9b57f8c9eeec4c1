namespace Millrace.Batches;

/// <summary>Where a record came from; the default value = not known, or made of several records.</summary>
/// <param name="Split">The part of a source's input.</param>
/// <param name="Offset">The record's offset in it; -1 = not known.</param>
internal readonly record struct RecordOrigin(RecordSplit? Split, long Offset)
{
    public bool IsKnown => Split is not null && Offset >= 0;
}
