using System.Buffers;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Millrace.Checkpoints;
using Millrace.Serialization;

namespace Millrace.Connectors;

/// <summary>The files of a file sink: where parts are written, how they are finished and removed.</summary>
internal sealed class FileParts(string path, string jobName, string uid)
{
    private const string InProgressMark = ".inprogress.";

    // Several sinks may write below one path: each knows its own by this.
    private readonly string _ending =
        InProgressMark + XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{jobName}/{uid}")).ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>
    /// The name of a part, relative to the path. The number of its task is in it, so that each task knows what to clear away.
    /// </summary>
    public static string NameOf(string bucket, string prefix, int taskIndex, string run, long number, string suffix) =>
        Path.Combine(bucket, string.Create(CultureInfo.InvariantCulture, $"{prefix}-{taskIndex}-{run}-{number}{suffix}"));

    public FilePart Open(string name, long now)
    {
        string file = InProgressFileOf(name);
        string full = Path.GetFullPath(file);
        if (!full.StartsWith(path + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new InvalidOperationException(
                $"A bucket of the file sink of '{path}' leads to '{full}', expected a directory below; have the bucket assigner return "
                    + "relative paths without '..'."
            );
        }

        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return new FilePart(name, full, now);
    }

    /// <summary>Makes a part visible under its name, cut to a length. Idempotent.</summary>
    public void Finish(string name, long length)
    {
        string target = Path.Combine(path, name);
        FileInfo part = new(InProgressFileOf(name));
        if (!part.Exists)
        {
            FileInfo finished = new(target);
            if (!finished.Exists || finished.Length != length)
            {
                throw new IOException(
                    $"Part '{target}' {(finished.Exists ? $"was finished with {finished.Length} bytes" : "is gone")}, expected {length} "
                        + "bytes; the checkpoint is older than the files, or they were changed. Restore the last checkpoint, or write to "
                        + "another path."
                );
            }

            return;
        }

        if (part.Length < length)
        {
            throw new IOException(
                $"Part '{part.FullName}' has {part.Length} bytes, expected at least {length}; the file was changed. Write to another path, "
                    + "or restore a checkpoint from before."
            );
        }

        if (part.Length > length)
        {
            using FileStream stream = new(part.FullName, FileMode.Open, FileAccess.Write);
            stream.SetLength(length);
            stream.Flush(flushToDisk: true);
        }

        File.Move(part.FullName, target);
    }

    /// <summary>Makes finished parts durable: their names, and those of new directories on the way.</summary>
    public void Sync(IEnumerable<string> names)
    {
        HashSet<string> directories = new(StringComparer.Ordinal);
        foreach (string name in names)
        {
            for (
                string? directory = Path.GetDirectoryName(Path.Combine(path, name));
                directory is not null && directory.Length >= path.Length;
                directory = Path.GetDirectoryName(directory)
            )
            {
                directories.Add(directory);
            }
        }

        foreach (string directory in directories)
        {
            DirectorySync.Flush(directory);
        }
    }

    /// <summary>Removes what tasks of earlier runs left in progress.</summary>
    /// <param name="isMine">Whether the parts of a task, by its number then, are to be removed by this one.</param>
    /// <param name="prefix">How names of parts begin.</param>
    public void Clear(Predicate<int> isMine, string prefix)
    {
        if (!Directory.Exists(path))
        {
            return;
        }

        foreach (
            string file in Directory.EnumerateFiles(
                path,
                "." + prefix + "-*" + _ending,
                new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }
            )
        )
        {
            ReadOnlySpan<char> rest = Path.GetFileName(file.AsSpan())[(prefix.Length + 2)..];
            int end = rest.IndexOf('-');
            if (end > 0 && int.TryParse(rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out int task) && isMine(task))
            {
                File.Delete(file);
            }
        }
    }

    private string InProgressFileOf(string name) =>
        Path.Combine(path, Path.GetDirectoryName(name) ?? "", "." + Path.GetFileName(name) + _ending);
}

/// <summary>A part that is being written.</summary>
internal sealed class FilePart : IDisposable
{
    private const int FlushAt = 64 * 1024;

    private readonly FileStream _stream;
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushAt + 4096);

    /// <summary>Opens a new file.</summary>
    /// <param name="name">Its final name, relative to the sink's path.</param>
    /// <param name="file">Where it is written.</param>
    /// <param name="now">The time, in ticks of the job's clock.</param>
    public FilePart(string name, string file, long now)
    {
        Name = name;
        Opened = now;
        LastWritten = now;
        _stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    public string Name { get; }

    public long Opened { get; }

    public long LastWritten { get; set; }

    public long Length => _stream.Position + _buffer.WrittenCount;

    /// <summary>Takes records; <see cref="FlushIfFull"/> after each.</summary>
    public IBufferWriter<byte> Buffer => _buffer;

    public void FlushIfFull()
    {
        if (_buffer.WrittenCount >= FlushAt)
        {
            Flush();
        }
    }

    /// <summary>Takes back what a record left behind whose encoder threw.</summary>
    /// <param name="length">The length before it.</param>
    public void Undo(long length)
    {
        byte[] kept = _buffer.WrittenSpan[..(int)(length - _stream.Position)].ToArray();
        _buffer.ResetWrittenCount();
        _buffer.Write(kept);
    }

    /// <summary>Returns when everything is on the disk.</summary>
    public void Sync()
    {
        Flush();
        _stream.Flush(flushToDisk: true);
    }

    public void Dispose() => _stream.Dispose();

    private void Flush()
    {
        _stream.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }
}

/// <summary>
/// What a checkpoint knows of the parts of one task. Pending parts are finished when it is complete; those in progress only by a restore
/// from it, cut to their length.
/// </summary>
/// <param name="TaskIndex">The task that wrote them.</param>
/// <param name="CheckpointId">The checkpoint.</param>
/// <param name="Pending">Names and lengths of closed parts.</param>
/// <param name="InProgress">Names and lengths of parts that go on.</param>
internal sealed record FileCommittable(
    int TaskIndex,
    long CheckpointId,
    IReadOnlyList<(string Name, long Length)> Pending,
    IReadOnlyList<(string Name, long Length)> InProgress
)
{
    private const byte FormatVersion = 1;

    public byte[] Encode()
    {
        DataWriter writer = new();
        writer.WriteByte(FormatVersion);
        writer.WriteVarUInt32((uint)TaskIndex);
        writer.WriteVarInt64(CheckpointId);
        Write(writer, Pending);
        Write(writer, InProgress);
        return writer.ToArray();
    }

    public static FileCommittable Decode(ReadOnlySpan<byte> bytes)
    {
        DataReader reader = new(bytes);
        byte version = reader.ReadByte();
        if (version != FormatVersion)
        {
            throw new InvalidDataException(
                $"A file sink's part of the checkpoint has format version {version}, this Millrace reads {FormatVersion}; restore with the "
                    + "version that wrote it or a later one."
            );
        }

        return new FileCommittable((int)reader.ReadVarUInt32(), reader.ReadVarInt64(), Read(ref reader), Read(ref reader));
    }

    private static void Write(DataWriter writer, IReadOnlyList<(string Name, long Length)> parts)
    {
        writer.WriteVarUInt32((uint)parts.Count);
        foreach ((string name, long length) in parts)
        {
            writer.WriteString(name);
            writer.WriteVarInt64(length);
        }
    }

    private static List<(string Name, long Length)> Read(ref DataReader reader)
    {
        List<(string Name, long Length)> parts = [];
        for (int count = reader.ReadCount(); count > 0; count--)
        {
            string name =
                reader.ReadString()
                ?? throw new InvalidDataException(
                    "A part of a file sink has no name in the checkpoint; the checkpoint is damaged, restore an earlier one."
                );
            parts.Add((name, reader.ReadVarInt64()));
        }

        return parts;
    }
}
