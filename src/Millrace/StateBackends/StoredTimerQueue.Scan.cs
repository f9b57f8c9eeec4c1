using Millrace.Checkpoints;
using Millrace.Serialization;

namespace Millrace.StateBackends;

/// <summary>
/// How timers are written while they go on changing: those in memory are few and written at once, and of the store there is a view.
/// </summary>
internal sealed partial class StoredTimerQueue<TKey, TNamespace>
{
    private const int CostOfEntry = 32;

    public override void Snapshot(ISnapshotWriter snapshot)
    {
        if (snapshot.Defer(this))
        {
            return;
        }

        ILookup<int, TimerKey<TKey, TNamespace>> near = _near.All.ToLookup(timer => GroupOf(_keys.Hasher.Hash(timer.Key)));
        using IStateView view = _store.View();
        for (int group = KeyGroups.Start; group < KeyGroups.End; group++)
        {
            using IStateCursor cursor = CursorOf(group, Place.First, view);
            bool isThere = cursor.MoveNext();
            if (!isThere && !near.Contains(group))
            {
                continue;
            }

            DataWriter section = snapshot.KeyGroupSection(Name, group);
            WriteHeader(section);
            (int position, int count) = (section.Length, 0);
            section.WriteInt32(0);
            foreach (TimerKey<TKey, TNamespace> timer in near[group])
            {
                WriteTimer(section, timer);
                count++;
            }

            for (; isThere; isThere = cursor.MoveNext())
            {
                WriteStored(section, cursor.Key);
                count++;
            }

            section.PatchInt32(position, count);
        }
    }

    public override void Begin(KeyGroupSections sections)
    {
        sections.SaysEverything = !_isTracked;
        sections.IsOrdered = true;
        sections.Chunks = _store.Chunks;
        _isTracked = true;
        _scan = new ScanState(sections, KeyGroups.Start);
        for (int group = KeyGroups.Start; group < KeyGroups.End; group++)
        {
            if (sections.IsWhole(group))
            {
                _scan.View ??= _store.View();
            }
            else if (_log is not null)
            {
                sections.Begin(group, _log.Take(group));
            }
        }

        // They are few.
        foreach (TimerKey<TKey, TNamespace> timer in _near.All)
        {
            int group = GroupOf(_keys.Hasher.Hash(timer.Key));
            if (sections.IsWhole(group))
            {
                WriteTimer(sections.Entry, timer);
                sections.Add(group);
            }
        }

        _log?.Dispose();
        _log = sections.Plan.GoesOn ? new ChangeLog(KeyGroups, _store.Chunks) : null;
    }

    public override bool Advance(ref int budget)
    {
        for (; _scan is { } scan && scan.Group < KeyGroups.End; scan.Group++)
        {
            if (!scan.Sections.IsWhole(scan.Group))
            {
                continue;
            }

            scan.Cursor ??= CursorOf(scan.Group, Place.First, scan.View!);
            do
            {
                if (budget <= 0)
                {
                    return false;
                }

                budget -= CostOfEntry;
            } while (WriteNext(scan));

            scan.Cursor.Dispose();
            scan.Cursor = null;
        }

        Abandon();
        return true;
    }

    public override void Abandon()
    {
        _scan?.Dispose();
        _scan = null;
    }

    private bool WriteNext(ScanState scan)
    {
        if (!scan.Cursor!.MoveNext())
        {
            return false;
        }

        WriteStored(scan.Sections.Entry, scan.Cursor.Key);
        scan.Sections.Add(scan.Group);
        return true;
    }

    private static void WriteStored(DataWriter writer, ReadOnlySpan<byte> storeKey)
    {
        writer.WriteVarInt64(PlaceOf(storeKey).Timestamp);
        writer.WriteRaw(storeKey[PlaceSize..]);
    }

    private sealed class ScanState(KeyGroupSections sections, int group) : IDisposable
    {
        public KeyGroupSections Sections { get; } = sections;

        public int Group { get; set; } = group;

        public IStateView? View { get; set; }

        public IStateCursor? Cursor { get; set; }

        public void Dispose()
        {
            Cursor?.Dispose();
            View?.Dispose();
        }
    }
}
