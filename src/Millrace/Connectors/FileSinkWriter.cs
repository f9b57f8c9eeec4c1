using System.Globalization;
using Millrace.Batches;

namespace Millrace.Connectors;

/// <summary>
/// Writes the parts of one task. At a checkpoint its parts are on the disk and the checkpoint knows their lengths; what came later is cut
/// off again by a restore.
/// <code>
/// Recover -> { Write* -> Flush -> PrepareCommit -> Commit (when the checkpoint is complete) }* -> Dispose
/// </code>
/// </summary>
internal sealed class FileSinkWriter<T>(FileSink<T> sink, ConnectorContext context) : ICommittingSinkWriter<T>
{
    private readonly FileParts _parts = new(sink.Path, context.JobName, context.OperatorUid);
    private readonly Dictionary<string, FilePart> _open = new(StringComparer.Ordinal);
    private readonly List<(string Name, long Length)> _pending = [];
    private readonly FileRollingPolicy _policy = sink.RollingPolicy;

    // Parts of several runs lie side by side.
    private readonly string _run = Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture)[..12];
    private long _number;

    public void Write(RecordBatch<T> batch)
    {
        ReadOnlySpan<T> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        long now = context.TimeProvider.GetTimestamp();
        RollByTime(now);
        string? lastBucket = null;
        FilePart? part = null;
        for (int i = 0; i < values.Length; i++)
        {
            string bucket = BucketOf(values[i], timestamps[i], i);
            if (part is null || !string.Equals(bucket, lastBucket, StringComparison.Ordinal))
            {
                part = PartOf(bucket, now);
                lastBucket = bucket;
            }

            long before = part.Length;
            Encode(values[i], part, i);
            part.FlushIfFull();
            context.Metrics.AddBytes(part.Length - before);
            if (part.Length >= _policy.MaxPartSize)
            {
                Roll(bucket);
                part = null;
            }
        }
    }

    private string BucketOf(T value, long timestamp, int row)
    {
        try
        {
            return sink.BucketAssigner.BucketOf(value, timestamp);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            throw new SinkRecordException(row, failure);
        }
    }

    private void Encode(T value, FilePart part, int row)
    {
        long before = part.Length;
        try
        {
            sink.Encoder.Encode(value, part.Buffer);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            part.Undo(before);
            throw new SinkRecordException(row, failure);
        }
    }

    public void Flush(bool endOfInput)
    {
        RollByTime(context.TimeProvider.GetTimestamp());
        foreach (string bucket in endOfInput || _policy.RollsOnCheckpoint ? [.. _open.Keys] : Array.Empty<string>())
        {
            Roll(bucket);
        }

        foreach (FilePart part in _open.Values)
        {
            part.Sync();
        }
    }

    public ReadOnlyMemory<byte> PrepareCommit(long checkpointId)
    {
        if (_open.Count == 0 && _pending.Count == 0)
        {
            return ReadOnlyMemory<byte>.Empty;
        }

        // The names must outlive a crash of the machine as the contents do.
        _parts.Sync(_pending.Select(static part => part.Name).Concat(_open.Values.Select(static part => part.Name)));
        FileCommittable committable = new(
            context.TaskIndex,
            checkpointId,
            [.. _pending],
            [.. _open.Values.Select(static part => (part.Name, part.Length))]
        );
        _pending.Clear();
        return committable.Encode();
    }

    public void Commit(ReadOnlyMemory<byte> committable) => Finish(FileCommittable.Decode(committable.Span).Pending);

    public void Recover(IReadOnlyList<ReadOnlyMemory<byte>> committables)
    {
        // A task of this run takes over those of the last one that have its number, modulo the parallelism: no two clear away the same, and
        // none what another has begun anew.
        FileCommittable[] mine =
        [
            .. committables.Select(static bytes => FileCommittable.Decode(bytes.Span)).Where(committable => IsMine(committable.TaskIndex)),
        ];
        foreach (IGrouping<int, FileCommittable> task in mine.GroupBy(static committable => committable.TaskIndex))
        {
            FileCommittable last = task.MaxBy(static committable => committable.CheckpointId)!;
            Finish([.. task.SelectMany(static committable => committable.Pending), .. last.InProgress]);
        }

        _parts.Clear(IsMine, sink.Prefix);
    }

    public ValueTask DisposeAsync()
    {
        foreach (FilePart part in _open.Values)
        {
            part.Dispose();
        }

        _open.Clear();
        return ValueTask.CompletedTask;
    }

    private bool IsMine(int task) => task % context.Parallelism == context.TaskIndex;

    private void Finish(IReadOnlyList<(string Name, long Length)> parts)
    {
        foreach ((string name, long length) in parts)
        {
            _parts.Finish(name, length);
        }

        _parts.Sync(parts.Select(static part => part.Name));
    }

    private FilePart PartOf(string bucket, long now)
    {
        if (!_open.TryGetValue(bucket, out FilePart? part))
        {
            if (_open.Count >= _policy.MaxOpenParts)
            {
                Roll(_open.MinBy(static pair => pair.Value.LastWritten).Key);
            }

            part = _parts.Open(FileParts.NameOf(bucket, sink.Prefix, context.TaskIndex, _run, _number++, sink.Suffix), now);
            _open.Add(bucket, part);
        }

        part.LastWritten = now;
        return part;
    }

    private void RollByTime(long now)
    {
        List<string>? due = null;
        foreach ((string bucket, FilePart part) in _open)
        {
            if (
                context.TimeProvider.GetElapsedTime(part.Opened, now) >= _policy.RolloverInterval
                || context.TimeProvider.GetElapsedTime(part.LastWritten, now) >= _policy.InactivityInterval
            )
            {
                (due ??= []).Add(bucket);
            }
        }

        due?.ForEach(Roll);
    }

    private void Roll(string bucket)
    {
        _open.Remove(bucket, out FilePart? part);
        part!.Sync();
        _pending.Add((part.Name, part.Length));
        part.Dispose();
    }
}
