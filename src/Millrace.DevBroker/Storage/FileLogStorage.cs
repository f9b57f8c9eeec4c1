using System.Globalization;

namespace Millrace.DevBroker.Storage;

/// <summary>
/// Keeps the segments of a partition in one directory: <c>{base offset}.log</c> as they go over the wire, and <c>{base offset}.summary</c>
/// beside each sealed one.
/// </summary>
internal sealed class FileLogStorage(string directory, FileHandles handles, bool fsync) : ILogStorage
{
    private const string LogSuffix = ".log";
    private const string SummarySuffix = ".summary";
    private const string ReplacementSuffix = ".replacement";

    public bool HasSegments => Directory.Exists(directory);

    public IReadOnlyList<(Segment Segment, int FileBytes)> Open()
    {
        if (!HasSegments)
        {
            return [];
        }

        List<(Segment, int)> found = new();
        foreach (FileInfo file in new DirectoryInfo(directory).EnumerateFiles().OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            if (file.Name.EndsWith(ReplacementSuffix, StringComparison.Ordinal))
            {
                file.Delete();
            }
            else if (file.Extension == LogSuffix && TryParse(file.Name, out long baseOffset) && file.Length <= int.MaxValue)
            {
                found.Add((new FileSegment(baseOffset, file.FullName, handles), (int)file.Length));
            }
        }

        return found;
    }

    public Segment Create(long baseOffset) => new FileSegment(baseOffset, PathOf(baseOffset, LogSuffix), handles);

    public Segment CreateReplacement(long baseOffset)
    {
        string path = PathOf(baseOffset, LogSuffix + ReplacementSuffix);
        File.Delete(path);
        return new FileSegment(baseOffset, path, handles);
    }

    public Segment Replace(IReadOnlyList<Segment> replaced, Segment replacement, SegmentSummary summary)
    {
        string source = ((FileSegment)replacement).Path;
        if (replacement.Size == 0)
        {
            File.WriteAllBytes(source, []);
        }

        replacement.Flush();
        ((FileSegment)replaced[0]).Detach();

        // A summary of the old content must not meet the new one.
        File.Delete(PathOf(replaced[0].BaseOffset, SummarySuffix));
        File.Move(source, PathOf(replacement.BaseOffset, LogSuffix), overwrite: true);
        Segment placed = Create(replacement.BaseOffset);
        placed.Load(summary);
        WriteSummary(placed, summary);
        foreach (Segment old in replaced.Skip(1))
        {
            Delete(old);
        }

        replacement.Release();
        return placed;
    }

    public SegmentSummary? ReadSummary(Segment segment)
    {
        string path = PathOf(segment.BaseOffset, SummarySuffix);
        return File.Exists(path) ? ChecksummedFile.Read<SegmentSummary>(path) : null;
    }

    public void WriteSummary(Segment segment, SegmentSummary summary)
    {
        if (fsync)
        {
            segment.Flush();
        }

        ChecksummedFile.Write(PathOf(segment.BaseOffset, SummarySuffix), summary, fsync);
    }

    public void Delete(Segment segment)
    {
        segment.Delete();
        File.Delete(PathOf(segment.BaseOffset, SummarySuffix));
    }

    public void DeleteAll()
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static bool TryParse(string name, out long baseOffset) =>
        long.TryParse(Path.GetFileNameWithoutExtension(name), NumberStyles.None, CultureInfo.InvariantCulture, out baseOffset);

    private string PathOf(long baseOffset, string suffix) =>
        Path.Combine(directory, baseOffset.ToString("D20", CultureInfo.InvariantCulture) + suffix);
}
