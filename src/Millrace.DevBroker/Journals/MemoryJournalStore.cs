using System.Collections.Concurrent;

namespace Millrace.DevBroker.Journals;

/// <summary>Journals of a broker that keeps nothing: they last as long as it runs.</summary>
internal sealed class MemoryJournalStore : IJournalStore
{
    private readonly ConcurrentDictionary<string, IJournal> _journals = new(StringComparer.Ordinal);

    public IJournal Open(string name) => _journals.GetOrAdd(name, _ => new MemoryJournal());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
