using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Millrace.State;

namespace Millrace.StateBackends;

internal sealed partial class StoredTable<TKey, TNamespace, TValue>
{
    /// <summary>All entries as they are now, by key group; dispose it. The table must not change meanwhile.</summary>
    public Contents Read() => new(this);

    internal sealed class Contents(StoredTable<TKey, TNamespace, TValue> table) : IDisposable
    {
        private readonly KeyGroupIndex _index = table._objects.IndexByKeyGroup(table._format.KeyGroups, table._maxParallelism);
        private readonly IStateView _view = table._store.View();

        /// <summary>The entries of a key group: those that are objects, then those that are not.</summary>
        public IEnumerable<StoredEntry<TKey, TNamespace, TValue>> Of(int keyGroup)
        {
            for (int i = 0; i < _index.CountOf(keyGroup); i++)
            {
                int entry = _index.EntriesOf(keyGroup)[i];
                yield return new(table._objects.KeyAt(entry), table._objects.ValueAt(entry).Hash, table._objects.ValueAt(entry).Value);
            }

            using IStateCursor cursor = table.CursorOf(keyGroup, _view);
            while (cursor.MoveNext())
            {
                NamespacedKey<TKey, TNamespace> key = table._format.ReadKey(cursor.Key[PrefixSize..]);
                uint hash = BinaryPrimitives.ReadUInt32BigEndian(cursor.Key[2..]);
                if (Unsafe.IsNullRef(ref table._objects.Find(key, hash)))
                {
                    yield return new(key, hash, table._format.ReadValue(cursor.Value));
                }
            }
        }

        public void Dispose()
        {
            _view.Dispose();
            _index.Dispose();
        }
    }
}

/// <summary>A key and namespace with its value.</summary>
internal readonly record struct StoredEntry<TKey, TNamespace, TValue>(NamespacedKey<TKey, TNamespace> Key, uint Hash, TValue Value)
    where TKey : notnull
    where TNamespace : struct;
