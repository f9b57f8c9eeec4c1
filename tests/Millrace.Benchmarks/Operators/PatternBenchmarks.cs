using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Batches;
using Millrace.Operators;
using Millrace.Operators.Patterns;
using Millrace.Patterns;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.Benchmarks.Operators;

/// <summary>
/// The pattern operator alone: 65,536 records in batches of 1,024, 640 ms of event time, a watermark behind each batch. Figures are per
/// record. The pattern is three failures in a row, then a success within a second; records in a hundred that fail decide how much of it is
/// found.
/// </summary>
[MemoryDiagnoser]
public class PatternBenchmarks
{
    private const int Batches = 64;
    private const int BatchSize = 1024;
    private const int Records = Batches * BatchSize;
    private const int MillisecondsPerBatch = 10;

    private KeyedBatch<long, long>[] _batches = [];
    private PatternOperator<long, long, long>? _operator;
    private long _time;

    /// <summary>Number of distinct keys.</summary>
    [Params(1_000, 100_000)]
    public int Keys { get; set; }

    [GlobalSetup(Target = nameof(NothingStarts))]
    public void SetupNothing() => Start(failing: 0);

    [GlobalSetup(Target = nameof(FewStart))]
    public void SetupFew() => Start(failing: 2);

    [GlobalSetup(Target = nameof(HalfStart))]
    public void SetupHalf() => Start(failing: 50);

    [Benchmark(OperationsPerInvoke = Records)]
    public void NothingStarts() => Run();

    [Benchmark(OperationsPerInvoke = Records)]
    public void FewStart() => Run();

    [Benchmark(OperationsPerInvoke = Records)]
    public void HalfStart() => Run();

    private void Start(int failing)
    {
        Pattern<long> pattern = Pattern
            .Begin<long>("failed", AfterMatchSkipStrategy.SkipPastLastEvent())
            .Where(static value => value < 0)
            .Times(3)
            .Consecutive()
            .Next("ok")
            .Where(static value => value >= 0)
            .Within(TimeSpan.FromSeconds(1));
        _operator = new PatternOperator<long, long, long>(
            AutomatonCompiler<long>.Compile(pattern),
            new SelectingPatternFunction<long, long>(static match => match.Events[0]),
            null,
            null,
            isProcessingTime: false,
            KeyHashers.For<long>(),
            TypeSerializers.For<long>(),
            TypeSerializers.For<long>()
        );
        _operator.Setup(
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
        _operator.Output = new OperatorOutput<long>(new NullInput<long>(), BatchSize);
        _operator.Open(restored: null);
        Random random = new(42);
        IKeyHasher<long> hasher = KeyHashers.For<long>();
        _batches = new KeyedBatch<long, long>[Batches];
        for (int b = 0; b < Batches; b++)
        {
            _batches[b] = new KeyedBatch<long, long>(BatchSize);
            for (int i = 0; i < BatchSize; i++)
            {
                long key = random.Next(Keys);
                _batches[b].Add(key, hasher.Hash(key), random.Next(100) < failing ? -1 : 1, 0);
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
