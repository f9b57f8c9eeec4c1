using System.Runtime.CompilerServices;
using Millrace.Batches;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Windows;

namespace Millrace.Operators.Windows;

/// <summary>
/// Combines records per key and slice. A slice is a stretch of time whose records belong to the same windows, so its start stands for the
/// timestamps of them all: the receiver finds the same windows by it, and each of them open or late, as it would for every single record.
/// Bytes: per slice its start, the number of keys, and per key the key, the number of records and the accumulator.
/// </summary>
internal sealed class WindowPreAggregator<TKey, TIn, TAcc, TResult>(
    AlignedTimeWindows windows,
    IAggregateFunction<TIn, TAcc, TResult> aggregate,
    IKeyHasher<TKey> hasher,
    TypeSerializer<TKey> keys,
    TypeSerializer<TAcc> accumulators
) : PreAggregator<TIn>
    where TKey : notnull
{
    private const int MaxPooled = 8;
    private readonly SortedDictionary<long, AppendOnlyTable<TKey, PartialAggregate<TAcc>>> _slices = [];
    private readonly Stack<AppendOnlyTable<TKey, PartialAggregate<TAcc>>> _pool = new();

    // The slice of the last record; an empty one at first.
    private AppendOnlyTable<TKey, PartialAggregate<TAcc>>? _recent;
    private long _recentStart;
    private long _recentEnd;

    public override bool IsEmpty => _slices.Count == 0;

    public override void Add(RecordBatch<TIn> batch)
    {
        KeyedBatch<TKey, TIn> keyed = (KeyedBatch<TKey, TIn>)batch;
        ReadOnlySpan<TIn> values = keyed.Values;
        ReadOnlySpan<long> timestamps = keyed.Timestamps;
        ReadOnlySpan<TKey> keyColumn = keyed.Keys;
        ReadOnlySpan<uint> hashes = keyed.Hashes;
        for (int i = 0; i < values.Length; i++)
        {
            ref PartialAggregate<TAcc> partial = ref SliceOf(timestamps[i]).GetOrAdd(keyColumn[i], hashes[i], out bool added);
            partial.Accumulator = added ? AddFirst(values[i]) : aggregate.Add(values[i], partial.Accumulator);
            partial.Records++;
        }
    }

    public override void WriteTo(DataWriter output)
    {
        foreach ((long start, AppendOnlyTable<TKey, PartialAggregate<TAcc>> table) in _slices)
        {
            output.WriteVarInt64(start);
            output.WriteVarUInt32((uint)table.Count);
            foreach (ref readonly AppendOnlyTable<TKey, PartialAggregate<TAcc>>.Entry entry in table.Entries)
            {
                keys.Serialize(entry.Key, output);
                output.WriteVarUInt32(entry.Value.Records);
                accumulators.Serialize(entry.Value.Accumulator, output);
            }
        }
    }

    public override void Clear()
    {
        foreach (AppendOnlyTable<TKey, PartialAggregate<TAcc>> table in _slices.Values)
        {
            if (_pool.Count < MaxPooled)
            {
                table.Clear();
                _pool.Push(table);
            }
        }

        _slices.Clear();
        _recent = null;
    }

    // Apart, so that a record that is left out takes the entry with it that it has made.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private TAcc AddFirst(TIn value)
    {
        try
        {
            return aggregate.Add(value, aggregate.CreateAccumulator());
        }
        catch
        {
            _recent!.RemoveLast();
            throw;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private AppendOnlyTable<TKey, PartialAggregate<TAcc>> SliceOf(long timestamp) =>
        _recent is { } recent && timestamp >= _recentStart && timestamp < _recentEnd ? recent : Locate(timestamp);

    private AppendOnlyTable<TKey, PartialAggregate<TAcc>> Locate(long timestamp)
    {
        if (timestamp == RecordBatch.NoTimestamp)
        {
            AlignedTimeWindows.ThrowNoTimestamp();
        }

        (_recentStart, _recentEnd) = windows.SliceOf(timestamp);
        if (!_slices.TryGetValue(_recentStart, out AppendOnlyTable<TKey, PartialAggregate<TAcc>>? table))
        {
            table = _pool.TryPop(out AppendOnlyTable<TKey, PartialAggregate<TAcc>>? pooled)
                ? pooled
                : new AppendOnlyTable<TKey, PartialAggregate<TAcc>>(hasher);
            _slices.Add(_recentStart, table);
        }

        return _recent = table;
    }
}

/// <summary>Pre-aggregation for the aligned windows of a keyed stream.</summary>
internal sealed class WindowPreAggregation<TKey, TIn, TAcc, TResult>(
    AlignedTimeWindows windows,
    Func<IAggregateFunction<TIn, TAcc, TResult>> aggregates,
    KeySpec<TKey, TIn> keys,
    TypeSerializer<TAcc> accumulators
) : PreAggregation<TIn>
    where TKey : notnull
{
    public override PreAggregator<TIn> CreateAggregator() =>
        new WindowPreAggregator<TKey, TIn, TAcc, TResult>(windows, aggregates(), keys.Hasher, keys.Serializer, accumulators);
}
