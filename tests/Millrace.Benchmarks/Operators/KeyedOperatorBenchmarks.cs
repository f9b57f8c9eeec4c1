using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Batches;
using Millrace.Operators;
using Millrace.Operators.Process;
using Millrace.Operators.Windows;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Windows;

namespace Millrace.Benchmarks.Operators;

/// <summary>
/// Keyed operators alone: 65,536 records in batches of 1,024, 640 ms of event time, a watermark behind each batch. Figures are per record.
/// </summary>
[MemoryDiagnoser]
public class KeyedOperatorBenchmarks
{
    private const int Batches = 64;
    private const int BatchSize = 1024;
    private const int Records = Batches * BatchSize;
    private const int MillisecondsPerBatch = 10;

    private KeyedBatch<long, long>[] _batches = [];
    private OneInputOperator<long, long>? _operator;
    private long _time;

    /// <summary>Number of distinct keys.</summary>
    [Params(1_000, 100_000)]
    public int Keys { get; set; }

    [GlobalSetup(Target = nameof(TumblingCount))]
    public void SetupTumbling() => Start(Aligned(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1))));

    [GlobalSetup(Target = nameof(SlidingCount))]
    public void SetupSliding() => Start(Aligned(Shorter));

    [GlobalSetup(Target = nameof(SlidingCountInSlices))]
    public void SetupShortSlices() => Start(Sliced(Shorter));

    [GlobalSetup(Target = nameof(LongSlidingCount))]
    public void SetupLongSliding() => Start(Aligned(Long));

    [GlobalSetup(Target = nameof(LongSlidingCountInSlices))]
    public void SetupSlices() => Start(Sliced(Long));

    [GlobalSetup(Target = nameof(SessionCount))]
    public void SetupSessions()
    {
        WindowAssigner<TimeWindow> assigner = EventTimeSessionWindows.WithGap(TimeSpan.FromSeconds(1));
        Start(
            new WindowOperator<long, long, long, long, long, TimeWindow>(
                new WindowOperatorSpec<long, long, long, long, long, TimeWindow>(
                    assigner.Bind<long>(),
                    assigner.DefaultTrigger.Bind<long, TimeWindow>(),
                    new AggregateContents<long, long, long, TimeWindow>(new CountPerKey()),
                    static () => new PassingWindowFunction<long, TimeWindow, long>(),
                    0,
                    null,
                    KeyHashers.For<long>(),
                    TypeSerializers.For<long>(),
                    TypeSerializers.For<long>()
                )
            )
        );
    }

    [GlobalSetup(Target = nameof(RollingReduce))]
    public void SetupReduce() =>
        Start(
            new KeyedReduceOperator<long, long>(
                static (left, right) => left + right,
                KeyHashers.For<long>(),
                TypeSerializers.For<long>(),
                TypeSerializers.For<long>()
            )
        );

    [GlobalSetup(Target = nameof(ProcessWithValueState))]
    public void SetupProcess() =>
        Start(new KeyedProcessOperator<long, long, long>(new CountingFunction(), KeyHashers.For<long>(), TypeSerializers.For<long>()));

    [Benchmark(OperationsPerInvoke = Records)]
    public void TumblingCount() => Run();

    /// <summary>10 s every 2 s, a record in each of its 5 windows.</summary>
    [Benchmark(OperationsPerInvoke = Records)]
    public void SlidingCount() => Run();

    /// <summary>The same, a record in one slice.</summary>
    [Benchmark(OperationsPerInvoke = Records)]
    public void SlidingCountInSlices() => Run();

    /// <summary>60 s every second, a record in each of its 60 windows.</summary>
    [Benchmark(OperationsPerInvoke = Records)]
    public void LongSlidingCount() => Run();

    /// <summary>The same, a record in one slice.</summary>
    [Benchmark(OperationsPerInvoke = Records)]
    public void LongSlidingCountInSlices() => Run();

    [Benchmark(OperationsPerInvoke = Records)]
    public void SessionCount() => Run();

    [Benchmark(OperationsPerInvoke = Records)]
    public void RollingReduce() => Run();

    [Benchmark(OperationsPerInvoke = Records)]
    public void ProcessWithValueState() => Run();

    private static SlidingEventTimeWindows Shorter => SlidingEventTimeWindows.Of(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));

    private static SlidingEventTimeWindows Long => SlidingEventTimeWindows.Of(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(1));

    private static WholeWindowOperator<long, long, long, long, long> Aligned(AlignedTimeWindows windows) =>
        new(
            new AlignedWindowSpec<long, long, long, long, long>(
                windows,
                new CountPerKey(),
                new PassingWindowFunction<long, TimeWindow, long>(),
                TimeSpan.Zero,
                null,
                KeyHashers.For<long>(),
                TypeSerializers.For<long>(),
                TypeSerializers.For<long>()
            )
        );

    private static SlicedWindowOperator<long, long, long, long, long> Sliced(AlignedTimeWindows windows) =>
        new(
            new AlignedWindowSpec<long, long, long, long, long>(
                windows,
                new CountPerKey(),
                new PassingWindowFunction<long, TimeWindow, long>(),
                TimeSpan.Zero,
                null,
                KeyHashers.For<long>(),
                TypeSerializers.For<long>(),
                TypeSerializers.For<long>()
            )
        );

    private void Start(OneInputOperator<long, long> instance)
    {
        instance.Setup(
            new OperatorContext(
                "bench",
                "op",
                "op",
                0,
                1,
                128,
                BatchSize,
                TimeProvider.System,
                new FixedTime(),
                NullLoggerFactory.Instance,
                CancellationToken.None
            )
        );
        instance.Output = new OperatorOutput<long>(new NullInput<long>(), BatchSize);
        instance.Open(restored: null);
        _operator = instance;
        Random random = new(42);
        IKeyHasher<long> hasher = KeyHashers.For<long>();
        _batches = new KeyedBatch<long, long>[Batches];
        for (int b = 0; b < Batches; b++)
        {
            _batches[b] = new KeyedBatch<long, long>(BatchSize);
            for (int i = 0; i < BatchSize; i++)
            {
                long key = random.Next(Keys);
                _batches[b].Add(key, hasher.Hash(key), i, 0);
            }
        }
    }

    private void Run()
    {
        foreach (KeyedBatch<long, long> batch in _batches)
        {
            Span<long> timestamps = batch.MutableTimestamps;
            for (int i = 0; i < timestamps.Length; i++)
            {
                timestamps[i] = _time + (i * MillisecondsPerBatch / BatchSize);
            }

            _operator!.OnBatch(batch);
            _time += MillisecondsPerBatch;
            _operator.OnWatermark(_time - 1);
        }
    }
}
