namespace Millrace.DevBroker.Storage;

/// <summary>Keeps segments in memory only.</summary>
internal sealed class MemoryLogStorage : ILogStorage
{
    public bool HasSegments => false;

    public IReadOnlyList<(Segment Segment, int FileBytes)> Open() => [];

    public Segment Create(long baseOffset) => new MemorySegment(baseOffset);

    public Segment CreateReplacement(long baseOffset) => new MemorySegment(baseOffset);

    public Segment Replace(IReadOnlyList<Segment> replaced, Segment replacement, SegmentSummary summary) => replacement;

    public SegmentSummary? ReadSummary(Segment segment) => null;

    public void WriteSummary(Segment segment, SegmentSummary summary) { }

    public void Delete(Segment segment) { }

    public void DeleteAll() { }
}
