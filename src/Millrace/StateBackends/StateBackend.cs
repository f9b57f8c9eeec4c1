using Millrace.Checkpoints;
using Millrace.Serialization;

namespace Millrace.StateBackends;

/// <summary>
/// Where a job keeps its keyed state while it runs (Flink's <c>state.backend</c>). Checkpoints and savepoints do not depend on it: a job
/// may be restored with another one.
/// </summary>
public abstract class StateBackend
{
    private protected StateBackend() { }

    /// <summary>State lives in memory, as objects: the fastest, for as much as memory has room for. The default.</summary>
    public static StateBackend InMemory { get; } = new Memory();

    /// <summary>Opens the store of a task; <see langword="null"/> = its state stays in memory.</summary>
    /// <param name="job">Name of the job.</param>
    /// <param name="task">Names the task within the job.</param>
    internal abstract IStateStore? Open(string job, string task);

    /// <inheritdoc/>
    public abstract override string ToString();

    private sealed class Memory : StateBackend
    {
        public override string ToString() => "in memory";

        internal override IStateStore? Open(string job, string task) => null;
    }
}

/// <summary>Bytes by key, sorted, for the tables of one task: more than memory has room for. Used by its task's thread alone.</summary>
internal interface IStateStore : IDisposable
{
    /// <summary>What tables may keep of it as objects.</summary>
    StateMemory Memory { get; }

    /// <summary>What is on the way to a checkpoint goes there.</summary>
    MappedChunks Chunks { get; }

    /// <summary>Gives a new table its number, and disposes it before itself.</summary>
    ushort Add(IDisposable table);

    /// <summary>Removes a table, which is disposed, with all its keys; its number goes to another.</summary>
    void Remove(ushort table);

    /// <summary>What was restored is there; from now on it is read as well. Does nothing the second time.</summary>
    void EndFilling();

    /// <summary>Reads a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Gets the value, instead of what it has.</param>
    /// <returns>Whether there is one.</returns>
    bool TryGet(ReadOnlySpan<byte> key, DataWriter value);

    /// <summary>Writes a value.</summary>
    void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>Removes a key, whether or not it is there.</summary>
    void Delete(ReadOnlySpan<byte> key);

    /// <summary>What it has now, unmoved by later changes.</summary>
    IStateView View();
}

/// <summary>A store as it was at one moment.</summary>
internal interface IStateView : IDisposable
{
    /// <summary>The keys [<paramref name="start"/>, <paramref name="end"/>), sorted by their bytes.</summary>
    IStateCursor Between(ReadOnlySpan<byte> start, ReadOnlySpan<byte> end);
}

/// <summary>Stands before the first key, until it is moved.</summary>
internal interface IStateCursor : IDisposable
{
    /// <summary>The key; valid until the next move.</summary>
    ReadOnlySpan<byte> Key { get; }

    /// <summary>The value; valid until the next move.</summary>
    ReadOnlySpan<byte> Value { get; }

    bool MoveNext();
}

/// <summary>How much of what stores have is kept in memory as objects, by all tables of a process. Thread-safe.</summary>
/// <param name="limit">Bytes.</param>
internal sealed class StateMemory(long limit)
{
    // What filters of keys may have of it.
    private readonly long _filterLimit = limit / 2;
    private long _used;
    private long _filters;

    public bool IsExceeded => Volatile.Read(ref _used) > limit;

    public void Add(long bytes) => Interlocked.Add(ref _used, bytes);

    /// <summary>Takes memory for a filter of keys, unless filters would have too much of it.</summary>
    public bool TryAddFilter(long bytes)
    {
        if (Interlocked.Add(ref _filters, bytes) > _filterLimit)
        {
            Interlocked.Add(ref _filters, -bytes);
            return false;
        }

        Add(bytes);
        return true;
    }

    public void RemoveFilter(long bytes)
    {
        Interlocked.Add(ref _filters, -bytes);
        Add(-bytes);
    }
}
