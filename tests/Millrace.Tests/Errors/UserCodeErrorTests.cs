using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Errors;
using Millrace.Runtime;
using Millrace.Time;
using Xunit;
using static Millrace.Tests.Errors.UserCodePlaces;

namespace Millrace.Tests.Errors;

public sealed class UserCodeErrorTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Records => [.. OfRecords.Keys];

    public static TheoryData<string> Results => [.. OfResults.Keys];

    [Theory]
    [MemberData(nameof(Records))]
    [MemberData(nameof(Results))]
    public async Task ShouldNameOperatorAndKeepCause_WhenUserCodeThrows(string place)
    {
        JobExecutionException failure = await Assert.ThrowsAsync<JobExecutionException>(() =>
            RunAsync(place, UserCodeErrorPolicy.Fail, new CollectSink<string>())
        );

        UserCodeException error = Assert.IsType<UserCodeException>(failure.InnerException!.InnerException);
        Assert.Equal("subject", error.OperatorUid);
        Assert.Equal("a word that nobody likes", Assert.IsType<FormatException>(error.InnerException).Message);
        Assert.Contains("(uid 'subject')", failure.Message, StringComparison.Ordinal);
        Assert.Contains("bad", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("map", ", split 0 @ 1:")]
    [InlineData("filter", ", split 0 @ 1:")]
    [InlineData("key selector", ", split 0 @ 1:")]
    [InlineData("sink", ", split 0 @ 1:")]
    [InlineData("map behind a filter", ", one of split 0 @ 0 to 4:")]
    public async Task ShouldNameRecordOrThoseUnderWay_WhenUserCodeOfASourcesStageThrows(string place, string where)
    {
        JobExecutionException failure = await Assert.ThrowsAsync<JobExecutionException>(() =>
            RunAsync(place, UserCodeErrorPolicy.Fail, new CollectSink<string>())
        );

        Assert.Contains(where, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Records))]
    [MemberData(nameof(Results))]
    public async Task ShouldGoOnWithoutTheRecord_WhenPolicyIsSkip(string place)
    {
        CollectSink<string> sink = new();

        JobExecutionResult result = await RunAsync(place, UserCodeErrorPolicy.Skip, sink);

        Assert.Equal(Expected(place), sink.Records.Order(StringComparer.Ordinal));
        Assert.True(result.Metrics.Errors >= 1);
        Assert.Equal(0, result.Metrics.Restarts);
    }

    [Theory]
    [MemberData(nameof(Records))]
    public async Task ShouldWriteLetterWithOrigin_WhenPolicyIsDeadLetter(string place)
    {
        CollectSink<string> sink = new();
        CollectSink<DeadLetter> letters = new();

        JobExecutionResult result = await RunAsync(place, UserCodeErrorPolicy.DeadLetter(letters), sink, parallelism: 2);

        Assert.Equal(Expected(place), sink.Records.Order(StringComparer.Ordinal));
        DeadLetter letter = Assert.Single(letters.Records);
        Assert.Equal(
            ("errors", "subject", "System.FormatException: a word that nobody likes"),
            (letter.JobName, letter.OperatorUid, letter.Exception)
        );
        Assert.Contains("\"bad\"", Encoding.UTF8.GetString(letter.Record.Span), StringComparison.Ordinal);
        Assert.Equal(Expected(place).Length, result.Metrics.RecordsOut);

        // A pattern keeps its events until the watermark comes.
        Assert.Equal(place == "pattern" ? -1 : 1, letter.Offset);
    }

    [Theory]
    [MemberData(nameof(Results))]
    public async Task ShouldWriteLetterWithKey_WhenThereIsNoSingleRecord(string place)
    {
        CollectSink<DeadLetter> letters = new();

        await RunAsync(place, UserCodeErrorPolicy.DeadLetter(letters), new CollectSink<string>(), parallelism: 2);

        Assert.All(letters.Records, letter => Assert.Equal(("bad", -1L), (letter.Key, letter.Offset)));
        Assert.All(letters.Records, letter => Assert.NotNull(letter.Window));
        Assert.Equal(place == "sliding result" ? 4 : 1, letters.Records.Count);
    }

    [Fact]
    public async Task ShouldDecideByOperatorAndCause_WhenPolicyIsAFunction()
    {
        CollectSink<string> sink = new();
        UserCodeErrorPolicy policy = UserCodeErrorPolicy.Of(error =>
            error is { OperatorUid: "subject", InnerException: FormatException } ? UserCodeErrorAction.Skip : UserCodeErrorAction.Fail
        );

        await RunAsync("map", policy, sink);
        JobExecutionException failure = await Assert.ThrowsAsync<JobExecutionException>(() =>
            ExecuteAsync(policy, words => words.Map(word => word.Text.Length > 1 ? throw new IOException("down") : word.Text).SinkTo(sink))
        );

        Assert.Equal(["a", "b", "c", "d"], sink.Records.Distinct().Order(StringComparer.Ordinal));
        Assert.Contains("down", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldFail_WhenWhatThrowsIsNoUserCode()
    {
        JobExecutionException failure = await Assert.ThrowsAsync<JobExecutionException>(() =>
            ExecuteAsync(UserCodeErrorPolicy.Skip, words => words.Map(word => word.Text).SinkTo(new BrokenSink()))
        );

        Assert.Contains("the disk is full", failure.Message, StringComparison.Ordinal);
        Assert.IsType<IOException>(failure.InnerException!.InnerException);
    }

    /// <summary>A function that reads its state meets it, and is not at fault.</summary>
    [Fact]
    public async Task ShouldFail_WhenTheDiskBelowTheStateIsFull()
    {
        JobExecutionException failure = await Assert.ThrowsAsync<JobExecutionException>(() =>
            ExecuteAsync(
                UserCodeErrorPolicy.Skip,
                words => words.Map<string>(_ => throw new StateDiskException("full", new IOException())).SinkTo(new CollectSink<string>())
            )
        );

        Assert.IsType<StateDiskException>(failure.InnerException!.InnerException);
    }

    [Fact]
    public async Task ShouldWriteOneLetter_WhenARecordBecameSeveralThatFail()
    {
        CollectSink<DeadLetter> letters = new();
        CollectSink<string> sink = new();

        JobExecutionResult result = await ExecuteAsync(
            UserCodeErrorPolicy.DeadLetter(letters),
            words =>
                words
                    .FlatMap<Word>(
                        (word, output) =>
                        {
                            output.Collect(word);
                            output.Collect(word);
                        }
                    )
                    .Map(word => Check(word).Text)
                    .SinkTo(sink)
        );

        Assert.Single(letters.Records);
        Assert.Equal(2, result.Metrics.Errors);
        Assert.Equal(8, sink.Records.Count);
    }

    [Fact]
    public async Task ShouldLogOncePerSecond_WhenManyRecordsFail()
    {
        CountingLoggers log = new();
        StreamExecutionEnvironment env = new() { LoggerFactory = log, TimeProvider = new Millrace.Testing.ManualTimeProvider() };
        env.SetUserCodeErrorPolicy(UserCodeErrorPolicy.Skip);
        env.FromGenerator(10_000, n => n).Map<long>(_ => throw new FormatException("none")).SinkTo(new CollectSink<long>());

        JobExecutionResult result = await env.ExecuteAsync("many").WaitAsync(Deadline);

        Assert.Equal(10_000, result.Metrics.Errors);
        Assert.Equal(1, log.Skipped);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    public async Task ShouldLogEachOperator_WhenSeveralOfAChainFail(int parallelism, bool writesLetters)
    {
        CountingLoggers log = new();
        StreamExecutionEnvironment env = new(new ExecutionOptions { Parallelism = parallelism })
        {
            LoggerFactory = log,
            TimeProvider = new Millrace.Testing.ManualTimeProvider(),
        };
        env.SetUserCodeErrorPolicy(
            writesLetters ? UserCodeErrorPolicy.DeadLetter(new CollectSink<DeadLetter>()) : UserCodeErrorPolicy.Skip
        );
        env.FromGenerator(1_000, n => n)
            .Map(n => n % 10 == 1 ? throw new FormatException("one") : n)
            .WithUid("map")
            .Filter(n => n % 10 == 2 ? throw new FormatException("two") : true)
            .WithUid("filter")
            .KeyBy(n => n % 10 == 3 ? throw new FormatException("three") : n % 10)
            .Process(new Fours())
            .WithUid("process")
            .SinkTo(new CollectSink<long>());

        JobExecutionResult result = await env.ExecuteAsync("chain").WaitAsync(Deadline);

        Assert.Equal(400, result.Metrics.Errors);
        Assert.All(
            (string[])["map", "filter", "process"],
            uid => Assert.Contains(log.Messages, message => message.Contains($"operator '{uid}'", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task ShouldSayHowManyMore_WhenSomeWereNotLogged()
    {
        CountingLoggers log = new();
        Millrace.Testing.ManualTimeProvider time = new();
        StreamExecutionEnvironment env = new() { LoggerFactory = log, TimeProvider = time };
        env.SetUserCodeErrorPolicy(UserCodeErrorPolicy.Skip);
        env.FromGenerator(4, n => n)
            .Map<long>(n =>
            {
                time.Advance(TimeSpan.FromSeconds(n == 3 ? 2 : 0));
                throw new FormatException("none");
            })
            .WithUid("map")
            .SinkTo(new CollectSink<long>());

        await env.ExecuteAsync("more").WaitAsync(Deadline);

        Assert.Equal(
            [
                "Job 'more', operator 'map': a record was left out.",
                "Job 'more', operator 'map': a record was left out (2 more since the last line).",
            ],
            log.Messages
        );
    }

    [Fact]
    public async Task ShouldWriteSameLettersAgain_WhenRunIsRestored()
    {
        CollectSink<DeadLetter> letters = new();
        int failures = 0;
        StreamExecutionEnvironment env = new(
            new ExecutionOptions
            {
                Parallelism = 2,
                BatchSize = 16,
                CheckpointInterval = TimeSpan.FromMilliseconds(5),
                RestartStrategy = RestartStrategy.FixedDelay(1, TimeSpan.FromMilliseconds(1)),
            }
        );
        env.SetUserCodeErrorPolicy(
            UserCodeErrorPolicy.Of(
                error => error.InnerException is FormatException ? UserCodeErrorAction.DeadLetter : UserCodeErrorAction.Fail,
                letters
            )
        );
        env.FromSource(new GeneratorSource<long>(20_000, n => n, splits: 2) { RecordsPerSecond = 40_000 })
            .KeyBy(n => n % 16)
            .Process(new Sevenths(() => Interlocked.Increment(ref failures) == 1))
            .WithUid("sevenths")
            .SinkTo(new CollectSink<long>());

        JobExecutionResult result = await env.ExecuteAsync("restored").WaitAsync(Deadline);

        Assert.Equal(1, result.Restarts);
        Assert.Equal(
            Enumerable.Range(0, 20_000).Where(n => n % 7_000 == 0).Select(n => (long)n),
            letters.Records.Select(letter => letter.Offset).Distinct().Order()
        );
        Assert.All(
            letters.Records.GroupBy(letter => letter.Offset),
            same => Assert.Single(same.Select(letter => Encoding.UTF8.GetString(letter.Record.Span)).Distinct())
        );
    }

    [Fact]
    public void ShouldRefuseLoop_WhenDeadLettersGoWhereASourceReads()
    {
        StreamExecutionEnvironment env = new();
        env.SetUserCodeErrorPolicy(UserCodeErrorPolicy.DeadLetter(new Durable.TextSink<DeadLetter>()));
        env.FromSource(new NamedSource()).SinkTo(new CollectSink<Durable.Click>());

        Millrace.Graph.JobValidationException error = Assert.Throws<Millrace.Graph.JobValidationException>(() => env.Describe("loop"));
        Assert.Contains("round for ever", error.Message, StringComparison.Ordinal);
    }

    private static string[] Expected(string place) => place == "map behind a filter" ? ["b", "c", "d"] : ["a", "b", "c", "d"];

    private static Task<JobExecutionResult> RunAsync(string place, UserCodeErrorPolicy policy, ISink<string> sink, int parallelism = 1) =>
        ExecuteAsync(policy, words => (OfRecords.GetValueOrDefault(place) ?? OfResults[place])(words, sink), parallelism);

    private static async Task<JobExecutionResult> ExecuteAsync(
        UserCodeErrorPolicy policy,
        Action<DataStreamSource<Word>> declare,
        int parallelism = 1
    )
    {
        StreamExecutionEnvironment env = new(new ExecutionOptions { RestartStrategy = RestartStrategy.None, Parallelism = parallelism });
        env.SetUserCodeErrorPolicy(policy);
        declare(
            env.FromSource(
                new CollectionSource<Word>([new("a", 0), new("bad", 1_000), new("b", 2_000), new("c", 3_000), new("d", 4_000)]),
                WatermarkStrategy<Word>.ForMonotonousTimestamps().WithTimestampAssigner(word => word.Time)
            )
        );
        return await env.ExecuteAsync("errors").WaitAsync(Deadline);
    }

    private sealed class Sevenths(Func<bool> fails) : Millrace.UserFunctions.KeyedProcessFunction<long, long, long>
    {
        public override void ProcessElement(
            long value,
            Millrace.UserFunctions.IKeyedProcessContext<long> context,
            Millrace.UserFunctions.Collector<long> output
        )
        {
            if (value % 7_000 == 0)
            {
                throw new FormatException("a seventh");
            }

            if (value == 15_000 && fails())
            {
                throw new IOException("once");
            }

            output.Collect(value);
        }
    }

    private sealed class Fours : Millrace.UserFunctions.KeyedProcessFunction<long, long, long>
    {
        public override void ProcessElement(
            long value,
            Millrace.UserFunctions.IKeyedProcessContext<long> context,
            Millrace.UserFunctions.Collector<long> output
        )
        {
            if (value % 10 == 4)
            {
                throw new FormatException("four");
            }

            output.Collect(value);
        }
    }

    private sealed class BrokenSink : ISink<string>, ISinkWriter<string>
    {
        public IReadOnlyList<Topic> Topics => [];

        public void Validate(ICollection<string> errors)
        {
            // Nothing to validate.
        }

        public ISinkWriter<string> CreateWriter(ConnectorContext context) => this;

        public void Write(Batches.RecordBatch<string> batch) => throw new IOException("the disk is full");

        public void Flush(bool endOfInput)
        {
            // Nothing is kept.
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class NamedSource : ISource<Durable.Click>
    {
        public Boundedness Boundedness => Boundedness.Bounded;

        public IReadOnlyList<Topic> Topics => [new("test", "results")];

        public void Validate(ICollection<string> errors)
        {
            // Nothing to validate.
        }

        public ISplitEnumerator CreateEnumerator(ConnectorContext context) => throw new NotSupportedException("It is only declared.");

        public ISourceReader<Durable.Click> CreateReader(ConnectorContext context) =>
            throw new NotSupportedException("It is only declared.");
    }

    private sealed class CountingLoggers : ILoggerFactory, ILogger
    {
        private int _skipped;

        public int Skipped => Volatile.Read(ref _skipped);

        public System.Collections.Concurrent.ConcurrentQueue<string> Messages { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
            // It is its own.
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => NullLogger.Instance.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (eventId.Id is 3401 or 3402)
            {
                Interlocked.Increment(ref _skipped);
                Messages.Enqueue(formatter(state, exception));
            }
        }

        public void Dispose()
        {
            // Nothing to dispose.
        }
    }
}
