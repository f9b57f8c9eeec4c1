namespace Millrace.DevBroker.Storage;

/// <summary>
/// Where the segments of one partition live. Called by the partition's single writer only. Segments that it gives belong to the log, which
/// releases them.
/// </summary>
internal interface ILogStorage
{
    /// <summary>Whether anything is there that a log would have to read at its start.</summary>
    bool HasSegments { get; }

    /// <summary>The segments that are there, in order, unread.</summary>
    IReadOnlyList<(Segment Segment, int FileBytes)> Open();

    /// <summary>A new, empty segment.</summary>
    Segment Create(long baseOffset);

    /// <summary>A new segment that is to take the place of existing ones by <see cref="Replace"/>.</summary>
    Segment CreateReplacement(long baseOffset);

    /// <summary>
    /// Puts a finished replacement in the place of segments, the first of which has the same base offset. Atomic: after a crash either the
    /// old ones or the new one are there, or both, in which case the new one covers the offsets of the old ones that are left.
    /// </summary>
    Segment Replace(IReadOnlyList<Segment> replaced, Segment replacement, SegmentSummary summary);

    SegmentSummary? ReadSummary(Segment segment);

    void WriteSummary(Segment segment, SegmentSummary summary);

    void Delete(Segment segment);

    /// <summary>Removes everything of the partition.</summary>
    void DeleteAll();
}
