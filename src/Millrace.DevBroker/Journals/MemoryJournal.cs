namespace Millrace.DevBroker.Journals;

/// <summary>A journal without a file.</summary>
internal sealed class MemoryJournal : IJournal
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, byte[]> _entries = new(StringComparer.Ordinal);

    public IReadOnlyList<KeyValuePair<string, byte[]>> Entries()
    {
        lock (_lock)
        {
            return [.. _entries];
        }
    }

    public ValueTask WriteAsync(IReadOnlyList<KeyValuePair<string, byte[]?>> changes, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            foreach ((string key, byte[]? value) in changes)
            {
                if (value is null)
                {
                    _entries.Remove(key);
                }
                else
                {
                    _entries[key] = value;
                }
            }
        }

        return ValueTask.CompletedTask;
    }
}
