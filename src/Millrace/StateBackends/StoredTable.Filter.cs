using System.Buffers.Binary;

namespace Millrace.StateBackends;

/// <summary>
/// Keys that the store has never had need not be looked for there. What is removed stays in the filter, so that it is made anew beside the
/// work when most of what is in it is gone.
/// </summary>
internal sealed partial class StoredTable<TKey, TNamespace, TValue>
{
    private const int KeysPerRebuiltFilter = 3;
    private const int MinKeysToRebuild = 1 << 10;
    private const int RebuildStep = 4;

    // Null where memory has no room for it.
    private KeyFilter? _filter;
    private FilterRebuild? _rebuild;

    // How many there were when the filter was last made: what changes in a restore is not in the count.
    private long _keysAtRebuild;

    private bool MayBeStored(in NamespacedKey<TKey, TNamespace> key, uint hash) => _filter?.MayContain(NumberOf(key, hash)) != false;

    /// <summary>The store has got a key that it had not.</summary>
    private void NoteStored(in NamespacedKey<TKey, TNamespace> key, uint hash, bool isRestore = false)
    {
        if (_filter is null)
        {
            return;
        }

        ulong number = NumberOf(key, hash);
        if (!_filter.TryAdd(number))
        {
            DropFilter();
            return;
        }

        if (_rebuild is not null)
        {
            Rebuild(number);
        }
        else if (!isRestore && _filter.Count > Math.Max(MinKeysToRebuild, KeysPerRebuiltFilter * Math.Max(Count, _keysAtRebuild)))
        {
            _rebuild = new FilterRebuild(new KeyFilter(_store.Memory), _store.View(), this);
        }
    }

    private void Rebuild(ulong number)
    {
        KeyFilter next = _rebuild!.Next;
        bool hasRoom = next.TryAdd(number);
        for (int step = 0; step < RebuildStep && hasRoom; step++)
        {
            if (!_rebuild.Cursor.MoveNext())
            {
                _rebuild.Dispose();
                _rebuild = null;
                _filter!.Dispose();
                _filter = next;
                _keysAtRebuild = next.Count;
                return;
            }

            ReadOnlySpan<byte> key = _rebuild.Cursor.Key;
            hasRoom = next.TryAdd(
                NumberOf(_format.ReadKey(key[PrefixSize..]), BinaryPrimitives.ReadUInt32BigEndian(key[sizeof(ushort)..]))
            );
        }

        if (!hasRoom)
        {
            DropFilter();
        }
    }

    private void DropFilter()
    {
        _rebuild?.Next.Dispose();
        _rebuild?.Dispose();
        _rebuild = null;
        _filter?.Dispose();
        _filter = null;
    }

    private static ulong NumberOf(in NamespacedKey<TKey, TNamespace> key, uint hash) =>
        hash | ((ulong)(uint)EqualityComparer<TNamespace>.Default.GetHashCode(key.Namespace) << 32);

    /// <summary>A filter that is being made of what the store had when it was begun, and of what it gets meanwhile.</summary>
    private sealed class FilterRebuild : IDisposable
    {
        private readonly IStateView _view;

        public FilterRebuild(KeyFilter next, IStateView view, StoredTable<TKey, TNamespace, TValue> table)
        {
            Next = next;
            _view = view;
            Cursor = table.CursorOf(0, uint.MaxValue + 1UL, view);
        }

        public KeyFilter Next { get; }

        public IStateCursor Cursor { get; }

        public void Dispose()
        {
            Cursor.Dispose();
            _view.Dispose();
        }
    }
}
