using Millrace.DevBroker.Journals;

namespace Millrace.DevBroker.Tests.Transactions;

/// <summary>A journal that, from a chosen write on, refuses everything, as if the process had been killed there.</summary>
internal sealed class CrashableJournal : IJournal
{
    private readonly MemoryJournal _inner;
    private int _writesLeft = int.MaxValue;

    public CrashableJournal()
        : this(new MemoryJournal()) { }

    private CrashableJournal(MemoryJournal inner) => _inner = inner;

    public void CrashAfter(int writes) => _writesLeft = writes;

    /// <summary>What the next process finds.</summary>
    public CrashableJournal AfterCrash() => new(_inner);

    public IReadOnlyList<KeyValuePair<string, byte[]>> Entries() => _inner.Entries();

    public ValueTask WriteAsync(IReadOnlyList<KeyValuePair<string, byte[]?>> changes, CancellationToken cancellationToken = default) =>
        _writesLeft-- > 0 ? _inner.WriteAsync(changes, cancellationToken) : ValueTask.FromException(new IOException("Killed."));
}
