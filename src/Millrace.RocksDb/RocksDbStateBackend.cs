using System.Buffers.Binary;
using System.Globalization;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.StateBackends;
using RocksDbSharp;

namespace Millrace.RocksDb;

/// <summary>
/// Keyed state of many times the memory that it is given: RocksDB keeps it in a directory, and what was used last is beside it in memory,
/// as objects. The directory holds nothing that must survive the process: checkpoints do.
/// <code>
/// new ExecutionOptions { StateBackend = StateBackend.OnDisk("/var/lib/millrace", memoryBytes: 2L &lt;&lt; 30) }
/// </code>
/// </summary>
public sealed class RocksDbStateBackend : StateBackend
{
    /// <summary>The least memory that makes sense: 64 MB.</summary>
    public const long MinMemoryBytes = 64L << 20;

    // What lives longer than a run of the job: all its tasks share it.
    private readonly Lock _lock = new();
    private SharedMemory? _shared;

    /// <param name="path">A directory on a disk of the machine; made when it is not there. Jobs and processes may share it.</param>
    /// <param name="memoryBytes">What all tasks of the process may use together, without code and channels of the job.</param>
    /// <exception cref="ArgumentOutOfRangeException">The memory is less than <see cref="MinMemoryBytes"/>.</exception>
    public RocksDbStateBackend(string path, long memoryBytes)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (memoryBytes < MinMemoryBytes)
        {
            throw new ArgumentOutOfRangeException(
                nameof(memoryBytes),
                memoryBytes,
                $"State on disk was given {memoryBytes} bytes of memory, expected at least {MinMemoryBytes} (64 MB)."
            );
        }

        Path = System.IO.Path.GetFullPath(path);
        MemoryBytes = memoryBytes;
    }

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <summary>The memory, in bytes.</summary>
    public long MemoryBytes { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"on disk in '{Path}' with {MemoryBytes >> 20} MB of memory");

    internal override IStateStore Open(string job, string task)
    {
        lock (_lock)
        {
            _shared ??= new SharedMemory(MemoryBytes);
        }

        return new RocksDbStateStore(StoreDirectory.Create(Path, job, task), _shared);
    }
}

/// <summary>State on disk, as <see cref="StateBackend"/> names it.</summary>
public static class RocksDbStateBackends
{
    extension(StateBackend)
    {
        /// <summary>State lives on disk, see <see cref="RocksDbStateBackend"/>.</summary>
        /// <param name="path">A directory on a disk of the machine.</param>
        /// <param name="memoryBytes">What all tasks of the process may use together.</param>
        public static StateBackend OnDisk(string path, long memoryBytes) => new RocksDbStateBackend(path, memoryBytes);
    }
}

/// <summary>The memory of all stores of a backend: three eighths blocks and what is being written, three objects, the rest for collecting
/// garbage.</summary>
internal sealed class SharedMemory(long bytes)
{
    public Cache Blocks { get; } = Cache.CreateLru((ulong)(bytes * 3 / 8));

    public StateMemory Objects { get; } = new(bytes * 3 / 8);

    /// <summary>Of one store: what is being written, before it becomes a file.</summary>
    public ulong WriteBufferBytes { get; } = (ulong)Math.Clamp(bytes / 16, 4L << 20, 64L << 20);
}

/// <summary>The store of one task.</summary>
/// <remarks>
/// Changes are handed to RocksDB together, before anything is read. Until the first read it is filled by a restore: what is written is
/// sorted once then, when it becomes a file, and not with each entry.
/// </remarks>
internal sealed class RocksDbStateStore(StoreDirectory directory, SharedMemory memory) : IStateStore
{
    private const int MaxBatchBytes = 1 << 18;

    private readonly WriteOptions _unlogged = new WriteOptions().DisableWal(1);
    private readonly ReadOptions _reads = new ReadOptions().SetVerifyChecksums(true);
    private readonly ValueReader _reader = new();
    private readonly WriteBatch _batch = new();
    private readonly List<IDisposable?> _tables = [];
    private readonly Stack<ushort> _free = new();
    private int _batchBytes;
    private RocksDbSharp.RocksDb? _db;
    private bool _isFilling = true;

    public StateMemory Memory => memory.Objects;

    public MappedChunks Chunks { get; } = new(directory.PartsPath);

    public ushort Add(IDisposable table)
    {
        if (_free.TryPop(out ushort number))
        {
            _tables[number] = table;
            return number;
        }

        if (_tables.Count == ushort.MaxValue)
        {
            throw new InvalidOperationException(
                $"State on disk in '{directory.Path}' has {_tables.Count} tables, and no more have room in one task: each open slice of a "
                    + "sliding window is one. Let windows slide in larger steps, or allow less lateness."
            );
        }

        _tables.Add(table);
        return (ushort)(_tables.Count - 1);
    }

    public void Remove(ushort table)
    {
        byte[] bounds = new byte[2 * sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(bounds, table);
        BinaryPrimitives.WriteUInt16BigEndian(bounds.AsSpan(sizeof(ushort)), (ushort)(table + 1));
        _batch.DeleteRange(bounds[..sizeof(ushort)], sizeof(ushort), bounds[sizeof(ushort)..], sizeof(ushort), null);
        AddBatched(bounds.Length);
        _tables[table] = null;
        _free.Push(table);
    }

    public bool TryGet(ReadOnlySpan<byte> key, DataWriter value)
    {
        RocksDbSharp.RocksDb db = Readable();
        value.Clear();
        _reader.Target = value;
        try
        {
            return db.Get(key, _reader, cf: null, _reads);
        }
        catch (RocksDbException exception)
        {
            throw Broken("read", exception);
        }
    }

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _batch.Put(key, value);
        AddBatched(key.Length + value.Length);
    }

    public void Delete(ReadOnlySpan<byte> key)
    {
        _batch.Delete(key);
        AddBatched(key.Length);
    }

    public IStateView View() => new StoreView(Readable(), Broken);

    public void EndFilling()
    {
        if (!_isFilling)
        {
            return;
        }

        if (_db is { } filled)
        {
            WriteBatched();
            try
            {
                filled.Flush(new FlushOptions().SetWaitForFlush(true));
            }
            catch (RocksDbException exception)
            {
                throw Broken("written", exception);
            }

            filled.Dispose();
            _db = null;
        }

        _db = Open(isFilling: false);
        _isFilling = false;
    }

    public void Dispose()
    {
        foreach (IDisposable? table in _tables)
        {
            table?.Dispose();
        }

        _tables.Clear();
        _batch.Dispose();
        _db?.Dispose();
        Chunks.Dispose();
        directory.Dispose();
    }

    private RocksDbSharp.RocksDb Open(bool isFilling)
    {
        BlockBasedTableOptions tables = new BlockBasedTableOptions()
            .SetBlockCache(memory.Blocks)
            .SetFilterPolicy(BloomFilterPolicy.Create(10, false))
            .SetCacheIndexAndFilterBlocks(true)
            .SetPinL0FilterAndIndexBlocksInCache(true)
            .SetIndexType(BlockBasedTableIndexType.TwoLevelIndex)
            .SetFormatVersion(5);

        // A filter in one piece has no room in one of the cache's shards where memory is small, and would be read with every look.
        Native.Instance.rocksdb_block_based_options_set_partition_filters(tables.Handle, 1);
        Native.Instance.rocksdb_block_based_options_set_pin_top_level_index_and_filter(tables.Handle, 1);
        DbOptions options = new DbOptions()
            .SetCreateIfMissing(true)
            .SetBlockBasedTableFactory(tables)
            .SetWriteBufferSize(memory.WriteBufferBytes)
            .SetMaxWriteBufferNumber(2)
            .SetAllowConcurrentMemtableWrite(false)
            .SetMemtablePrefixBloomSizeRatio(0.05)
            .SetCompression(Compression.Lz4)
            .SetLevelCompactionDynamicLevelBytes(true)
            .SetMaxOpenFiles(512)
            .SetInfoLogLevel(InfoLogLevel.Error);

        // Most keys that are looked for are not among the ones written last.
        Native.Instance.rocksdb_options_set_memtable_whole_key_filtering(options.Handle, 1);
        if (isFilling)
        {
            options.SetMemtableVectorRep();
        }

        try
        {
            return RocksDbSharp.RocksDb.Open(options, directory.Path);
        }
        catch (RocksDbException exception)
        {
            throw new StateDiskException(
                $"State on disk in '{directory.Path}' cannot be opened: {exception.Message} Make room on its disk, let the process write "
                    + "there and have enough open files, or choose another directory.",
                exception
            );
        }
    }

    private RocksDbSharp.RocksDb Readable()
    {
        EndFilling();
        WriteBatched();
        return _db!;
    }

    private void AddBatched(int bytes)
    {
        _batchBytes += bytes;
        if (_batchBytes >= MaxBatchBytes)
        {
            WriteBatched();
        }
    }

    private void WriteBatched()
    {
        if (_batchBytes == 0)
        {
            return;
        }

        try
        {
            _db ??= Open(_isFilling);
            _db.Write(_batch, _unlogged);
        }
        catch (RocksDbException exception)
        {
            throw Broken("written", exception);
        }
        finally
        {
            _batch.Clear();
            _batchBytes = 0;
        }
    }

    private StateDiskException Broken(string what, RocksDbException exception) =>
        new(
            $"State on disk in '{directory.Path}' cannot be {what}: {exception.Message} Make room on its disk and look whether it is "
                + "sound; the job goes on from the last complete checkpoint, in a new directory.",
            exception
        );

    private sealed class ValueReader : ISpanDeserializer<bool>
    {
        public DataWriter Target { get; set; } = null!;

        public bool Deserialize(ReadOnlySpan<byte> buffer)
        {
            Target.WriteRaw(buffer);
            return true;
        }
    }
}

internal sealed class StoreView(RocksDbSharp.RocksDb db, Func<string, RocksDbException, StateDiskException> broken) : IStateView
{
    private readonly Snapshot _snapshot = db.CreateSnapshot();

    public IStateCursor Between(ReadOnlySpan<byte> start, ReadOnlySpan<byte> end) => new StoreCursor(db, _snapshot, start, end, broken);

    public void Dispose() => _snapshot.Dispose();
}

internal sealed class StoreCursor : IStateCursor
{
    private readonly ReadOptions _options;
    private readonly Iterator _iterator;
    private readonly Func<string, RocksDbException, StateDiskException> _broken;
    private bool _isBefore = true;

    public StoreCursor(
        RocksDbSharp.RocksDb db,
        Snapshot snapshot,
        ReadOnlySpan<byte> start,
        ReadOnlySpan<byte> end,
        Func<string, RocksDbException, StateDiskException> broken
    )
    {
        _broken = broken;
        _options = new ReadOptions().SetSnapshot(snapshot).SetFillCache(false).SetIterateUpperBound(end.ToArray());
        _iterator = db.NewIterator(cf: null, _options);
        _iterator.Seek(start);
    }

    public ReadOnlySpan<byte> Key => _iterator.GetKeySpan();

    public ReadOnlySpan<byte> Value => _iterator.GetValueSpan();

    public bool MoveNext()
    {
        if (_isBefore)
        {
            _isBefore = false;
        }
        else
        {
            _iterator.Next();
        }

        return _iterator.Valid() || ThrowIfBroken();
    }

    public void Dispose() => _iterator.Dispose();

    // An iterator that cannot read on looks like one that has come to its end.
    private bool ThrowIfBroken()
    {
        Native.Instance.rocksdb_iter_get_error(_iterator.Handle, out IntPtr error);
        return error == IntPtr.Zero ? false : throw _broken("read", new RocksDbException(error));
    }
}

/// <summary>
/// The directory of one store. What a process that died has left beside it is deleted by whoever comes next: a lock, which ends with its
/// process, says who lives.
/// </summary>
internal sealed class StoreDirectory : IDisposable
{
    private const string LockName = "in-use";
    private const int MaxAttempts = 100;

    // What Linux and Windows call a full disk.
    private static readonly int[] FullDisk = [28, unchecked((int)0x80070070)];

    // Whoever makes a directory takes its lock at once.
    private static readonly TimeSpan UnlockedAge = TimeSpan.FromHours(1);
    private readonly string _root;
    private readonly FileStream _lock;

    private StoreDirectory(string root, FileStream held)
    {
        _root = root;
        _lock = held;
    }

    public string Path => System.IO.Path.Combine(_root, "db");

    /// <summary>Where parts of checkpoints are until a store has them.</summary>
    public string PartsPath => System.IO.Path.Combine(_root, "parts");

    public static StoreDirectory Create(string path, string job, string task)
    {
        string folder = System.IO.Path.Combine(path, NameOf(job));
        for (int attempt = 1; ; attempt++)
        {
            // Between its making and its locking a file looks left: who then took it away also took the directory.
            string root = System.IO.Path.Combine(folder, $"{NameOf(task)}-{Guid.NewGuid():n}");
            try
            {
                Directory.CreateDirectory(folder);
                foreach (string left in Directory.GetDirectories(folder))
                {
                    DeleteIfLeft(left);
                }

                Directory.CreateDirectory(root);
                string file = System.IO.Path.Combine(root, LockName);
                FileStream held = new(file, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
                if (File.Exists(file))
                {
                    StoreDirectory created = new(root, held);
                    Directory.CreateDirectory(created.Path);
                    return created;
                }

                held.Dispose();
            }
            catch (IOException exception) when (attempt < MaxAttempts && !FullDisk.Contains(exception.HResult)) { }
        }
    }

    public void Dispose()
    {
        _lock.Dispose();
        DeleteIfLeft(_root);
        try
        {
            // The job's, unless another task has something in it.
            Directory.Delete(System.IO.Path.GetDirectoryName(_root)!);
        }
        catch (IOException)
        {
            // It has, or has deleted it.
        }
    }

    private static string NameOf(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_'));

    private static void DeleteIfLeft(string directory)
    {
        try
        {
            string file = System.IO.Path.Combine(directory, LockName);
            if (!File.Exists(file))
            {
                if (TimeProvider.System.GetUtcNow().UtcDateTime - Directory.GetCreationTimeUtc(directory) > UnlockedAge)
                {
                    Directory.Delete(directory, recursive: true);
                }

                return;
            }

            using FileStream held = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.Delete);
            foreach (string inner in Directory.GetDirectories(directory))
            {
                Directory.Delete(inner, recursive: true);
            }

            File.Delete(file);
            held.Dispose();
            Directory.Delete(directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is another process', or just being deleted: nothing of it is needed.
        }
    }
}
