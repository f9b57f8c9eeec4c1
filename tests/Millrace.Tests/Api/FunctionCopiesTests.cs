using System.Collections.Concurrent;
using Millrace.Api;
using Millrace.Graph;
using Millrace.Runtime;
using Millrace.Testing;
using Millrace.UserFunctions;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Api;

/// <summary>
/// Each task works with a function of its own, whatever its fields hold; what cannot be told apart is refused when the job is built.
/// </summary>
public sealed class FunctionCopiesTests
{
    [Theory]
    [InlineData("process")]
    [InlineData("keyed process")]
    [InlineData("aggregate")]
    [InlineData("window")]
    [InlineData("factory")]
    public void ShouldShareNothing_WhenFunctionFillsACollectionOfItsConstructor(string kind)
    {
        // The task of a record counts the records that it has seen; with a shared dictionary there is one count.
        int[] counts = Run(
            parallelism: 2,
            stream =>
                kind switch
                {
                    "process" => stream.PartitionCustom((key, tasks) => key % tasks, value => value).Process(new Seen()),
                    "factory" => stream.PartitionCustom((key, tasks) => key % tasks, value => value).Process(() => new Seen()),
                    "keyed process" => stream.KeyBy(value => value).Process(new KeyedSeen()),
                    "aggregate" => stream
                        .KeyBy(value => value)
                        .Window(TumblingEventTimeWindows.Of(TimeSpan.FromMinutes(1)))
                        .Aggregate(new SeenAggregate()),
                    _ => stream
                        .KeyBy(value => value)
                        .Window(TumblingEventTimeWindows.Of(TimeSpan.FromMinutes(1)))
                        .Process(new SeenWindow()),
                }
        );

        Assert.Equal(100, counts.Length);
        Assert.InRange(counts.Max(), 1, 99);
        Assert.Equal(2, counts.Count(count => count == 1));
    }

    [Fact]
    public void ShouldBeginAnew_WhenAJobRunsAgain()
    {
        Seen function = new();
        Assert.Equal(Enumerable.Range(1, 100), Run(parallelism: 1, stream => stream.Process(function)));
        Assert.Equal(Enumerable.Range(1, 100), Run(parallelism: 1, stream => stream.Process(function)));
    }

    [Fact]
    public void ShouldRefuse_WhenTasksWouldShareStateThatCannotBeCopied()
    {
        string error = Assert.Single(
            Assert
                .Throws<JobValidationException>(() => Run(parallelism: 2, stream => stream.Process(new WithCache(new Cache(_ => 1)))))
                .Errors
        );

        Assert.Contains("function WithCache keeps a Cache in '_cache'", error, StringComparison.Ordinal);
        Assert.Contains("() => new", error, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldRun_WhenThereIsOneTaskOrAFactoryOrAnObjectMadeForManyThreads()
    {
        Cache cache = new(_ => 1);
        Assert.Equal(100, Run(parallelism: 1, stream => stream.Process(new WithCache(cache))).Length);
        Assert.Equal(100, Run(parallelism: 2, stream => stream.Process(() => new WithCache(new Cache(_ => 1)))).Length);

        ConcurrentDictionary<int, int> all = new();
        Assert.Equal(100, Run(parallelism: 2, stream => stream.Process(new Gathering(all, new Guarded()))).Length);
        Assert.Equal(100, all.Count);
    }

    [Fact]
    public void ShouldNameTheFactory_WhenItMakesNothing()
    {
        Exception error = Assert.ThrowsAny<Exception>(() => Run(parallelism: 1, stream => stream.Process(() => (Seen)null!)));
        Assert.Contains("A factory of ProcessFunction returned null", error.ToString(), StringComparison.Ordinal);
    }

    private static int[] Run(int parallelism, Func<DataStream<int>, DataStream<int>> declare)
    {
        TestSource<int> source = new();
        TestSink<int> sink = new();
        using JobTestDriver driver = JobTestDriver.Start(
            env => declare(env.FromSource(source, source.Watermarks)).SinkTo(sink),
            new JobTestOptions { Execution = new ExecutionOptions { Parallelism = parallelism } }
        );
        for (int i = 0; i < 100; i++)
        {
            source.Add(i, i);
        }

        source.End();
        driver.RunToEnd();
        return [.. sink.Values];
    }

    private sealed class Seen : ProcessFunction<int, int>
    {
        private readonly Dictionary<int, int> _seen = [];

        public override void ProcessElement(int value, IProcessContext context, Collector<int> output)
        {
            _seen[value] = value;
            output.Collect(_seen.Count);
        }
    }

    private sealed class KeyedSeen : KeyedProcessFunction<int, int, int>
    {
        private readonly HashSet<int> _seen = [];

        public override void ProcessElement(int value, IKeyedProcessContext<int> context, Collector<int> output)
        {
            _seen.Add(value);
            output.Collect(_seen.Count);
        }
    }

    private sealed class SeenAggregate : IAggregateFunction<int, int, int>
    {
        private readonly List<int> _seen = [];

        public int CreateAccumulator() => 0;

        public int Add(int value, int accumulator)
        {
            _seen.Add(value);
            return _seen.Count;
        }

        public int GetResult(int accumulator) => accumulator;

        public int Merge(int left, int right) => left;
    }

    private sealed class SeenWindow : ProcessWindowFunction<int, int, int, TimeWindow>
    {
        private readonly int[] _seen = new int[1];

        public override void Process(
            int key,
            IProcessWindowContext<TimeWindow> context,
            IReadOnlyList<int> elements,
            Collector<int> output
        ) => output.Collect(++_seen[0]);
    }

    private sealed class WithCache(Cache cache) : ProcessFunction<int, int>
    {
        private readonly Cache _cache = cache;

        public override void ProcessElement(int value, IProcessContext context, Collector<int> output) => output.Collect(_cache.Get(value));
    }

    /// <summary>A class with state and without a lock; that it holds more than data makes it impossible to copy.</summary>
    private sealed class Cache(Func<int, int> load)
    {
        private readonly Dictionary<int, int> _values = [];
        private readonly Stream _log = Stream.Null;

        public int Get(int key) => _values.TryGetValue(key, out int value) ? value : _values[key] = load(key) + (_log.CanSeek ? 0 : 1);
    }

    private sealed class Gathering(ConcurrentDictionary<int, int> all, Guarded guarded) : ProcessFunction<int, int>
    {
        public override void ProcessElement(int value, IProcessContext context, Collector<int> output)
        {
            all[value] = value;
            guarded.Add();
            output.Collect(1);
        }
    }

    private sealed class Guarded
    {
        private readonly Lock _lock = new();
        private readonly TextWriter _log = TextWriter.Null;
        private int _count;

        public void Add()
        {
            lock (_lock)
            {
                _count++;
                _log.Write(_count);
            }
        }
    }
}
