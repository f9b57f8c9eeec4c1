using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Millrace.DevBroker.Storage;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Storage;

/// <summary>A log in memory or in a directory of its own, that can be closed, killed and opened again.</summary>
internal sealed class LogFixture : IDisposable
{
    public static readonly LogConfig Plain = new(
        SegmentBytes: 1 << 20,
        SegmentAge: long.MaxValue,
        RetentionBytes: -1,
        RetentionMs: -1,
        Delete: true,
        Compact: false,
        DeleteRetentionMs: 86_400_000,
        MinDirtyRatio: 0,
        MaxBatchBytes: 1 << 20,
        LogAppendTime: false
    );

    private readonly string _root = Path.Combine(Path.GetTempPath(), "millrace-log-" + Guid.NewGuid().ToString("N"));
    private readonly bool _files;
    private readonly bool _fsync;
    private readonly LogConfig _config;
    private FileHandles _handles = new(capacity: 2);

    public LogFixture(bool files, LogConfig? config = null, bool fsync = false)
    {
        _files = files;
        _fsync = fsync;
        _config = config ?? Plain;
        Log = Open();
    }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.FromUnixTimeMilliseconds(1_000_000));

    public DevBrokerFaults Faults { get; } = new();

    public PartitionLog Log { get; private set; }

    public int LeaderEpoch { get; set; }

    public IEnumerable<string> LogFiles => Directory.GetFiles(_root, "*.log").Order(StringComparer.Ordinal);

    public IEnumerable<string> SummaryFiles => Directory.GetFiles(_root, "*.summary").Order(StringComparer.Ordinal);

    public AppendResult Append(params string[] values) => Log.Append(RecordBatches.Of(values));

    /// <summary>Everything that a consumer sees from an offset on, batch run by batch run.</summary>
    public List<(long Offset, string? Key, string? Value)> ReadAll(long from = 0, bool committed = false, int maxBytes = 1 << 20)
    {
        List<(long, string?, string?)> all = new();
        while (true)
        {
            ReadResult read = Log.Read(from, maxBytes, committed, atLeastOne: true);
            if (read.Error != ErrorCode.None)
            {
                throw new InvalidOperationException($"Reading from {from} gives {read.Error}.");
            }

            if (read.Records is null)
            {
                return all;
            }

            using (read.Records)
            {
                byte[] bytes = read.Records.ToArray();
                all.AddRange(RecordBatches.Read(bytes));
                from = EndOf(bytes);
            }
        }
    }

    /// <summary>Appends without looking at the keys, as a topic that is compacted only later would have.</summary>
    public void AppendUnchecked(byte[] batch)
    {
        Log.Config = _config with { Compact = false };
        Log.Append(batch);
        Log.Config = _config;
    }

    /// <summary>Everything in the log, opened, with the codecs of its batches.</summary>
    public List<(long Offset, string? Key, string? Value)> ReadAllPacked(out List<CompressionCodec> codecs)
    {
        List<(long, string?, string?)> all = new();
        codecs = [];
        long from = 0L;
        while (true)
        {
            ReadResult read = Log.Read(from, 1 << 20, committed: false, atLeastOne: true);
            if (read.Records is null)
            {
                return all;
            }

            using (read.Records)
            {
                ReadOnlySpan<byte> bytes = read.Records.ToArray();
                while (BatchHeader.TryRead(bytes, out BatchHeader header))
                {
                    codecs.Add(header.Compression);
                    ReadOnlySpan<byte> batch = bytes[..(int)header.TotalBytes];
                    if (!header.Matches(batch))
                    {
                        throw new InvalidDataException($"The batch at {header.BaseOffset} has a wrong checksum.");
                    }

                    all.AddRange(RecordBatches.Read(Packed.Opened(batch)));
                    from = header.LastOffset + 1;
                    bytes = bytes[batch.Length..];
                }
            }
        }
    }

    public void Reopen(long logStart = 0)
    {
        Log.Dispose();
        Log = Open(logStart);
    }

    /// <summary>Opens what is on the disk as if the process had died: nothing is written on the way out.</summary>
    public void ReopenAfterKill()
    {
        _handles.Dispose();
        _handles = new FileHandles(capacity: 2);
        Log = Open();
    }

    public void Dispose()
    {
        Log.Dispose();
        _handles.Dispose();
        if (Directory.Exists(_root))
        {
            Directory.Delete(_root, recursive: true);
        }
    }

    private static long EndOf(ReadOnlySpan<byte> bytes)
    {
        long end = 0L;
        while (BatchHeader.TryRead(bytes, out BatchHeader header))
        {
            end = header.LastOffset + 1;
            bytes = bytes[(int)header.TotalBytes..];
        }

        return end;
    }

    private PartitionLog Open(long logStart = 0)
    {
        ILogStorage storage = _files ? new FileLogStorage(_root, _handles, _fsync) : new MemoryLogStorage();
        return new PartitionLog("t-0", storage, _config, logStart, LeaderEpoch, _fsync, Time, Faults, NullLogger.Instance);
    }
}
