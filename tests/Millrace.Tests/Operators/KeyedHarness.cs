using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Batches;
using Millrace.Operators;
using Millrace.State;

namespace Millrace.Tests.Operators;

/// <summary>
/// Runs a keyed operator in any number of tasks; takes its state at any point and goes on from it, also with another number of tasks.
/// </summary>
internal sealed class KeyedHarness<TKey, TIn, TOut> : IDisposable
    where TKey : notnull
{
    public const int MaxParallelism = 16;

    private readonly Func<OneInputOperator<TIn, TOut>> _factory;
    private readonly Func<TIn, TKey> _selector;
    private readonly Action<OneInputOperator<TIn, TOut>>? _wire;
    private readonly IKeyHasher<TKey> _hasher = KeyHashers.For<TKey>();
    private List<OneInputOperator<TIn, TOut>> _tasks = [];
    private List<ManualTime> _times = [];
    private long _watermark = long.MinValue;
    private long _now;

    public KeyedHarness(
        Func<OneInputOperator<TIn, TOut>> factory,
        Func<TIn, TKey> selector,
        int parallelism = 1,
        Action<OneInputOperator<TIn, TOut>>? wire = null
    )
    {
        _factory = factory;
        _selector = selector;
        _wire = wire;
        Start(parallelism, restored: null);
    }

    public List<(TOut Value, long Timestamp)> Records { get; } = [];

    public IEnumerable<TOut> Values => Records.Select(record => record.Value);

    public IReadOnlyList<OneInputOperator<TIn, TOut>> Tasks => _tasks;

    public void Push(TIn value, long timestamp) => PushAll((value, timestamp));

    public void PushAll(params (TIn Value, long Timestamp)[] records)
    {
        for (int task = 0; task < _tasks.Count; task++)
        {
            KeyedBatch<TKey, TIn> batch = new(Math.Max(1, records.Length));
            foreach ((TIn value, long timestamp) in records)
            {
                TKey key = _selector(value);
                uint hash = _hasher.Hash(key);
                if (KeyGroups.TaskOf(KeyGroups.KeyGroupOf(hash, MaxParallelism), MaxParallelism, _tasks.Count) == task)
                {
                    batch.Add(key, hash, value, timestamp);
                }
            }

            if (batch.Count > 0)
            {
                _tasks[task].OnBatch(batch);
            }
        }
    }

    public void Watermark(long watermark)
    {
        if (watermark > _watermark)
        {
            _watermark = watermark;
            _tasks.ForEach(task => task.OnWatermark(watermark));
        }
    }

    public void AdvanceTime(long now)
    {
        _now = Math.Max(_now, now);
        _times.ForEach(time => time.AdvanceTo(now));
    }

    public MemorySnapshot Snapshot()
    {
        MemorySnapshot snapshot = new();
        foreach (OneInputOperator<TIn, TOut> task in _tasks)
        {
            MemorySnapshot.TaskWriter writer = snapshot.CreateWriter();
            task.Snapshot(1, writer);
            writer.End();
        }

        return snapshot;
    }

    /// <summary>Goes on from a snapshot taken now, in other instances.</summary>
    public void Restart(int parallelism = 1) => Restart(parallelism, Snapshot());

    /// <summary>Goes on from a snapshot, in other instances.</summary>
    public void Restart(int parallelism, MemorySnapshot snapshot)
    {
        Dispose();
        Start(parallelism, snapshot);
    }

    public void Dispose() => _tasks.ForEach(task => task.Dispose());

    private void Start(int parallelism, MemorySnapshot? restored)
    {
        _tasks = [];
        _times = [];
        for (int index = 0; index < parallelism; index++)
        {
            OneInputOperator<TIn, TOut> task = _factory();
            ManualTime time = new();
            time.AdvanceTo(_now);
            task.Setup(
                new OperatorContext(
                    "job",
                    "op",
                    "op",
                    index,
                    parallelism,
                    MaxParallelism,
                    8,
                    TimeProvider.System,
                    time,
                    NullLoggerFactory.Instance,
                    CancellationToken.None
                )
            );
            task.Output = new OperatorOutput<TOut>(new Captured<TOut>(Records), 8);
            _wire?.Invoke(task);
            task.Open(restored?.ReaderOf(KeyGroups.RangeOf(index, MaxParallelism, parallelism)));
            if (restored is not null && _watermark > long.MinValue)
            {
                task.OnWatermark(_watermark);
            }

            _tasks.Add(task);
            _times.Add(time);
        }
    }
}
