using Microsoft.Extensions.Logging;

namespace Millrace.DevBroker.Journals;

/// <summary>Journals as files in one directory.</summary>
internal sealed class FileJournalStore(string directory, bool fsync, ILogger logger) : IJournalStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, FileJournal> _journals = new(StringComparer.Ordinal);

    public IJournal Open(string name)
    {
        lock (_lock)
        {
            if (_journals.TryGetValue(name, out FileJournal? journal))
            {
                return journal;
            }

            Directory.CreateDirectory(directory);
            return _journals[name] = new FileJournal(Path.Combine(directory, name + ".journal"), fsync, logger);
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            foreach (FileJournal journal in _journals.Values)
            {
                journal.Dispose();
            }

            _journals.Clear();
        }

        return ValueTask.CompletedTask;
    }
}
