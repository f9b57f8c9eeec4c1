using Xunit;

namespace Millrace.Analyzers.Tests;

public sealed class NondeterminismTests
{
    private static readonly NondeterminismAnalyzer Analyzer = new();
    private static readonly NondeterminismCodeFix Fix = new();

    [Theory]
    [InlineData("items.Map(i => DateTime.Now);", "DateTime.Now")]
    [InlineData(
        "CEP.Pattern(items, Pattern.Begin<Item>(\"a\").Where(i => i.Value > DateTime.Now.Ticks)).Select(m => "
            + "m.Events.Count).WithUid(\"a\");",
        "DateTime.Now"
    )]
    [InlineData("items.Map(i => DateTimeOffset.UtcNow.AddDays(1));", "DateTimeOffset.UtcNow")]
    [InlineData("items.Filter(i => Random.Shared.Next() > 1);", "Random.Shared")]
    [InlineData("items.Filter(i => { var random = new Random(); return random.Next() > 1; });", "new Random()")]
    [InlineData("items.Map(i => Guid.NewGuid());", "Guid.NewGuid()")]
    [InlineData("items.KeyBy(i => Environment.TickCount64);", "Environment.TickCount64")]
    [InlineData("items.KeyBy(i => i.Key).Reduce((a, b) => b with { Value = Environment.TickCount });", "Environment.TickCount")]
    [InlineData("items.Map(Stamp);\nstatic DateTime Stamp(Item item) => DateTime.UtcNow;", "DateTime.UtcNow")]
    [InlineData(
        "Millrace.Time.WatermarkStrategy<Item>.ForMonotonousTimestamps().WithTimestampAssigner(i => "
            + "DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());",
        "DateTimeOffset.UtcNow"
    )]
    public async Task ShouldReport_WhenFunctionOfAnOperatorIsNotDeterministic(string statements, string place) =>
        Assert.Equal(["MR0002 " + place], await Snippet.OfJob(statements).FindingsAsync(Analyzer));

    [Theory]
    [InlineData("var started = DateTime.UtcNow;\nitems.Map(i => started);")]
    [InlineData("items.Map(i => new Random((int)i.Value).Next());")]
    [InlineData("items.Map(i => new DateTime(i.Value));")]
    [InlineData("Func<DateTime> clock = () => DateTime.Now;\nclock();")]
    [InlineData("Stamp();\nstatic DateTime Stamp() => DateTime.UtcNow;")]
    public async Task ShouldBeSilent_WhenClockIsReadOutsideOfFunctions(string statements) =>
        Assert.Empty(await Snippet.OfJob(statements).FindingsAsync(Analyzer));

    [Fact]
    public async Task ShouldReport_WhenMethodGivenAsGroupReadsTheClock() =>
        Assert.Equal(
            ["MR0002 DateTime.UtcNow"],
            await Snippet
                .OfFile(
                    """
                    public static class Job
                    {
                        public static void Build(DataStream<Item> items) => items.Map(Stamp);

                        private static DateTime Stamp(Item item) => DateTime.UtcNow;

                        public static DateTime Started() => DateTime.UtcNow;
                    }
                    """
                )
                .FindingsAsync(Analyzer)
        );

    [Fact]
    public async Task ShouldReportOnce_WhenFunctionClassIsNested() =>
        Assert.Equal(
            ["MR0002 Guid.NewGuid()", "MR0002 new Random()"],
            await Snippet
                .OfFile(
                    """
                    public static class Job
                    {
                        private sealed class Count : IAggregateFunction<Item, Guid, Guid>
                        {
                            public Guid CreateAccumulator() => Guid.NewGuid();

                            public Guid Add(Item value, Guid accumulator) => accumulator;

                            public Guid GetResult(Guid accumulator) => accumulator;

                            public Guid Merge(Guid first, Guid second) => first;
                        }

                        private sealed class Sampling : ProcessFunction<Item, Item>
                        {
                            private readonly Random _random = new Random();

                            public override void ProcessElement(Item value, IProcessContext context, Collector<Item> output)
                            {
                                if (_random.Next() > 0)
                                {
                                    output.Collect(value);
                                }
                            }
                        }
                    }
                    """
                )
                .FindingsAsync(Analyzer)
        );

    [Fact]
    public async Task ShouldBeSilent_WhenFunctionIsAsynchronous() =>
        Assert.Empty(
            await Snippet
                .OfFile(
                    """
                    public sealed class Lookup : IAsyncFunction<Item, DateTime>
                    {
                        public Task<IReadOnlyCollection<DateTime>> InvokeAsync(Item value, CancellationToken cancellationToken) =>
                            Task.FromResult<IReadOnlyCollection<DateTime>>([DateTime.UtcNow]);
                    }
                    """
                )
                .FindingsAsync(Analyzer)
        );

    [Theory]
    [InlineData("DateTime.UtcNow", 0, "DateTimeOffset.FromUnixTimeMilliseconds(context.TimerService.CurrentProcessingTime).UtcDateTime")]
    [InlineData("DateTime.UtcNow", 1, "DateTimeOffset.FromUnixTimeMilliseconds(context.Timestamp).UtcDateTime")]
    [InlineData("DateTime.Now", 0, "DateTimeOffset.FromUnixTimeMilliseconds(context.TimerService.CurrentProcessingTime).LocalDateTime")]
    [InlineData("DateTimeOffset.UtcNow", 0, "DateTimeOffset.FromUnixTimeMilliseconds(context.TimerService.CurrentProcessingTime)")]
    [InlineData("Environment.TickCount64", 0, "context.TimerService.CurrentProcessingTime")]
    [InlineData("Environment.TickCount", 1, "unchecked((int)context.Timestamp)")]
    public async Task ShouldTakeTheTimeFromTheContext_WhenFixed(string clock, int fix, string expected)
    {
        Snippet result = await Process(clock).FixAsync(Analyzer, Fix, fix);

        Assert.Contains($"output.Collect({expected});", await result.TextAsync(), StringComparison.Ordinal);
        Assert.Empty(await result.FindingsAsync(Analyzer));
    }

    [Fact]
    public async Task ShouldTakeTheProcessingTimeOfTheWindow_WhenContextIsThatOfAWindow()
    {
        Snippet result = await Snippet
            .OfFile(
                """
                public sealed class Late : ProcessWindowFunction<Item, long, string, TimeWindow>
                {
                    public override void Process(string key, IProcessWindowContext<TimeWindow> window, IReadOnlyList<Item> elements, Collector<long> output) =>
                        output.Collect(Environment.TickCount64);
                }
                """
            )
            .FixAsync(Analyzer, Fix);

        Assert.Contains("output.Collect(window.CurrentProcessingTime);", await result.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldOfferNoFix_WhenValueIsRandom() => Assert.Empty(await Process("Guid.NewGuid()").FixesAsync(Analyzer, Fix));

    [Fact]
    public async Task ShouldOfferNoFix_WhenThereIsNoContext() =>
        Assert.Empty(await Snippet.OfJob("items.Map(i => DateTime.Now);").FixesAsync(Analyzer, Fix));

    private static Snippet Process(string expression) =>
        Snippet.OfFile(
            $$"""
            public sealed class Stamping : KeyedProcessFunction<string, Item, object>
            {
                public override void ProcessElement(Item value, IKeyedProcessContext<string> context, Collector<object> output)
                {
                    output.Collect({{expression}});
                }
            }
            """
        );
}
