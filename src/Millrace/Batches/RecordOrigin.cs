namespace Millrace.Batches;

/// <summary>Where a record came from; the default value = not known, or made of several records.</summary>
/// <param name="Split">The part of a source's input.</param>
/// <param name="Offset">The record's offset in it; -1 = not known.</param>
internal readonly record struct RecordOrigin(RecordSplit? Split, long Offset)
{
    public bool IsKnown => Split is not null && Offset >= 0;
}

/// <summary>A part of a source's input, as errors name it.</summary>
/// <param name="Source">Uid of the source.</param>
/// <param name="Id">Id of the split.</param>
/// <param name="Topic">Its topic; <see langword="null"/> = the source reads no topics.</param>
/// <param name="Partition">Its partition in the topic.</param>
internal sealed record RecordSplit(string Source, string Id, string? Topic, int Partition)
{
    public override string ToString() => Topic is null ? $"split {Id}" : $"{Topic} [{Partition}]";
}
