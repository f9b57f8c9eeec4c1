using Millrace.Batches;
using Millrace.Errors;
using Millrace.Operators;
using Millrace.State;

namespace Millrace.Graph;

/// <summary>Records of a key go to the task that owns the key's group; the batches carry keys and hashes along.</summary>
internal sealed class KeyByPartitioning<TKey, T>(KeySpec<TKey, T> spec) : Partitioning<T>
    where TKey : notnull
{
    public override string Name => "keyBy";

    public KeySpec<TKey, T> Spec { get; } = spec;

    public override RecordBatch<T> CreateBatch(int capacity) => new KeyedBatch<TKey, T>(capacity);

    public override void Append(RecordBatch<T> batch, T value, long timestamp)
    {
        TKey key = Spec.Selector(value);
        ((KeyedBatch<TKey, T>)batch).Add(key, Spec.Hasher.Hash(key), value, timestamp);
    }

    public override IInput<T> CreateRouter(IEdgeOutput<T> output, int taskIndex, int maxParallelism, OperatorErrors errors) =>
        new KeyByRouter(output, Spec, maxParallelism, errors);

    private sealed class KeyByRouter : Router<T>
    {
        private readonly Func<T, TKey> _selector;
        private readonly IKeyHasher<TKey> _hasher;
        private readonly int _maxParallelism;

        // Task of each key group: a table look-up instead of a division per record.
        private readonly int[] _taskOf;

        public KeyByRouter(IEdgeOutput<T> output, KeySpec<TKey, T> spec, int maxParallelism, OperatorErrors errors)
            : base(output, errors)
        {
            _selector = spec.Selector;
            _hasher = spec.Hasher;
            _maxParallelism = maxParallelism;
            _taskOf = new int[maxParallelism];
            for (int group = 0; group < maxParallelism; group++)
            {
                _taskOf[group] = KeyGroups.TaskOf(group, maxParallelism, output.Targets);
            }
        }

        public override void OnBatch(RecordBatch<T> batch)
        {
            ReadOnlySpan<T> values = batch.Values;
            ReadOnlySpan<long> timestamps = batch.Timestamps;
            Func<T, TKey> selector = _selector;
            IKeyHasher<TKey> hasher = _hasher;
            int i = 0;
            while (i < values.Length)
            {
                try
                {
                    for (; i < values.Length; i++)
                    {
                        T value = values[i];
                        TKey key = selector(value);
                        if (key is null)
                        {
                            throw NullKey();
                        }

                        uint hash = hasher.Hash(key);
                        int target = _taskOf[KeyGroups.KeyGroupOf(hash, _maxParallelism)];
                        KeyedBatch<TKey, T> destination = (KeyedBatch<TKey, T>)BatchOf(target);
                        destination.Add(key, hash, value, timestamps[i]);
                        SendIfFull(target, destination);
                    }
                }
                catch (Exception failure) when (IsOwn(failure))
                {
                    Errors.OnRecord(failure, values[i], timestamps[i], i);
                    i++;
                }
            }
        }

        private static InvalidOperationException NullKey() =>
            new(
                $"The key selector of KeyBy returned null for a {typeof(T).Name}; expected a {typeof(TKey).Name}. Filter such records out "
                    + "first or map them to a key."
            );
    }
}
