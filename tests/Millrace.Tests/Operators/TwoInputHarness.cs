using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Batches;
using Millrace.Operators;
using Millrace.State;

namespace Millrace.Tests.Operators;

/// <summary>
/// As <see cref="KeyedHarness{TKey, TIn, TOut}"/>, for two inputs; a second input without key selector is broadcast to all tasks.
/// </summary>
internal sealed class TwoInputHarness<TKey, TIn1, TIn2, TOut> : IDisposable
    where TKey : notnull
{
    private const int MaxParallelism = 16;

    private readonly Func<TwoInputOperator<TIn1, TIn2, TOut>> _factory;
    private readonly Func<TIn1, TKey> _first;
    private readonly Func<TIn2, TKey>? _second;
    private List<TwoInputOperator<TIn1, TIn2, TOut>> _tasks = [];
    private long _watermark = long.MinValue;

    public TwoInputHarness(
        Func<TwoInputOperator<TIn1, TIn2, TOut>> factory,
        Func<TIn1, TKey> first,
        Func<TIn2, TKey>? second,
        int parallelism = 1
    )
    {
        _factory = factory;
        _first = first;
        _second = second;
        Start(parallelism, restored: null);
    }

    public List<(TOut Value, long Timestamp)> Records { get; } = [];

    public void PushFirst(TIn1 value, long timestamp) => Push(value, timestamp, _first, task => task.First);

    public void PushSecond(TIn2 value, long timestamp)
    {
        if (_second is not null)
        {
            Push(value, timestamp, _second, task => task.Second);
            return;
        }

        RecordBatch<TIn2> batch = new(1);
        batch.Add(value, timestamp);
        _tasks.ForEach(task => task.Second.OnBatch(batch));
    }

    public void Watermark(long watermark)
    {
        if (watermark > _watermark)
        {
            _watermark = watermark;
            _tasks.ForEach(Advance);
        }
    }

    public void Restart(int parallelism)
    {
        MemorySnapshot snapshot = new();
        foreach (TwoInputOperator<TIn1, TIn2, TOut> task in _tasks)
        {
            MemorySnapshot.TaskWriter writer = snapshot.CreateWriter();
            task.Snapshot(1, writer);
            writer.End();
        }

        Dispose();
        Start(parallelism, snapshot);
    }

    public void Dispose() => _tasks.ForEach(task => task.Dispose());

    private void Push<T>(T value, long timestamp, Func<T, TKey> selector, Func<TwoInputOperator<TIn1, TIn2, TOut>, IInput<T>> input)
    {
        TKey key = selector(value);
        uint hash = KeyHashers.For<TKey>().Hash(key);
        KeyedBatch<TKey, T> batch = new(1);
        batch.Add(key, hash, value, timestamp);
        input(_tasks[KeyGroups.TaskOf(KeyGroups.KeyGroupOf(hash, MaxParallelism), MaxParallelism, _tasks.Count)]).OnBatch(batch);
    }

    private void Advance(TwoInputOperator<TIn1, TIn2, TOut> task)
    {
        task.First.OnWatermark(_watermark);
        task.Second.OnWatermark(_watermark);
    }

    private void Start(int parallelism, MemorySnapshot? restored)
    {
        _tasks = [];
        for (int index = 0; index < parallelism; index++)
        {
            TwoInputOperator<TIn1, TIn2, TOut> task = _factory();
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
                    new ManualTime(),
                    NullLoggerFactory.Instance,
                    CancellationToken.None
                )
            );
            task.Output = new OperatorOutput<TOut>(new Captured<TOut>(Records), 8);
            task.Open(restored?.ReaderOf(KeyGroups.RangeOf(index, MaxParallelism, parallelism)));
            _tasks.Add(task);
            if (_watermark > long.MinValue)
            {
                Advance(task);
            }
        }
    }
}
