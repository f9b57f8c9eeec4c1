using Millrace.DevBroker.Protocol;

namespace Millrace.DevBroker.Storage;

/// <summary>
/// Offset and time index of one segment: an entry per <see cref="Interval"/> bytes. The writer adds, any thread looks up.
/// </summary>
internal sealed class SparseIndex
{
    public const int Interval = 32 * 1024;

    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = [];

    /// <summary>A batch: where it starts, its first offset, and the largest timestamp of all batches of the segment before it.</summary>
    internal struct Entry : IMessage
    {
        public long Offset;
        public int Position;
        public long MaxTimestampBefore;

        public void Describe(Wire wire)
        {
            wire.Int64(ref Offset);
            wire.Int32(ref Position);
            wire.Int64(ref MaxTimestampBefore);
        }
    }

    public List<Entry> Entries
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries];
            }
        }
    }

    public void Load(List<Entry> entries)
    {
        lock (_lock)
        {
            _entries.Clear();
            _entries.AddRange(entries);
        }
    }

    public void Add(long offset, int position, long maxTimestampBefore)
    {
        lock (_lock)
        {
            if (_entries.Count > 0 && position - _entries[^1].Position < Interval)
            {
                return;
            }

            _entries.Add(
                new Entry
                {
                    Offset = offset,
                    Position = position,
                    MaxTimestampBefore = maxTimestampBefore,
                }
            );
        }
    }

    /// <summary>A batch start at or before the one that holds <paramref name="offset"/>.</summary>
    public int PositionBeforeOffset(long offset) => Last(offset, static (entry, wanted) => entry.Offset <= wanted);

    /// <summary>The last batch start known at or before <paramref name="position"/>.</summary>
    public int BatchStartBefore(int position) => Last(position, static (entry, wanted) => entry.Position <= wanted);

    /// <summary>A batch start before which every timestamp is less than <paramref name="timestamp"/>.</summary>
    public int PositionBeforeTimestamp(long timestamp) => Last(timestamp, static (entry, wanted) => entry.MaxTimestampBefore < wanted);

    /// <summary>
    /// Position of the last entry for which the condition holds; it holds for a first part of the entries and for none after. 0 if it holds
    /// for none.
    /// </summary>
    private int Last(long wanted, Func<Entry, long, bool> holds)
    {
        lock (_lock)
        {
            int low = 0,
                high = _entries.Count - 1,
                found = 0;
            while (low <= high)
            {
                int middle = (low + high) / 2;
                if (holds(_entries[middle], wanted))
                {
                    found = _entries[middle].Position;
                    low = middle + 1;
                }
                else
                {
                    high = middle - 1;
                }
            }

            return found;
        }
    }
}
