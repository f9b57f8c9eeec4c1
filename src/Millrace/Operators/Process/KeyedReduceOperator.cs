using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;

namespace Millrace.Operators.Process;

/// <summary>A rolling reduce: emits what each key's records add up to, with every record.</summary>
internal sealed class KeyedReduceOperator<TKey, T>(
    Func<T, T, T> reducer,
    IKeyHasher<TKey> hasher,
    TypeSerializer<TKey> keySerializer,
    TypeSerializer<T> valueSerializer
) : KeyedRecordOperator<TKey, T, T>
    where TKey : notnull
{
    private KeyedRuntime<TKey> _runtime = null!;
    private StateTable<TKey, VoidNamespace, T> _reduced = null!;

    public override void Open(ISnapshotReader? restored)
    {
        _runtime = new KeyedRuntime<TKey>(Context, hasher, keySerializer, restored);
        _reduced = _runtime.Backend.CreateTable("reduced", TypeSerializers.For<VoidNamespace>(), valueSerializer);
    }

    protected override void TakeFrom(int row, KeyedBatch<TKey, T> batch)
    {
        ReadOnlySpan<T> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        ReadOnlySpan<TKey> keys = batch.Keys;
        ReadOnlySpan<uint> hashes = batch.Hashes;
        _reduced.Prefetch(hashes[row..]);
        for (int i = row; i < values.Length; i++)
        {
            Row = i;
            _runtime.Keys.Set(keys[i], hashes[i]);
            ref T reduced = ref _reduced.GetOrAdd(default, out bool exists);
            T next = exists ? reducer(reduced, values[i]) : values[i];
            reduced = next;
            Output.Collect(next, timestamps[i]);
        }
    }

    public override void Snapshot(long checkpointId, ISnapshotWriter writer) => _runtime.Backend.Snapshot(writer);
}
