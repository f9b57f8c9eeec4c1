using Xunit;

namespace Millrace.Analyzers.Tests;

public sealed class MissingUidTests
{
    private static readonly MissingUidAnalyzer Analyzer = new();
    private static readonly MissingUidCodeFix Fix = new();

    [Theory]
    [InlineData("items.KeyBy(i => i.Key).Reduce((a, b) => b);", "Reduce")]
    [InlineData("items.KeyBy(i => i.Key).MaxBy(i => i.Value).WithName(\"Highest\").SetParallelism(2);", "MaxBy")]
    [InlineData("_ = items.KeyBy(i => i.Key).Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1))).Reduce((a, b) => b);", "Reduce")]
    [InlineData("items.WindowAll(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1))).Reduce((a, b) => b).Map(i => i.Value);", "Reduce")]
    [InlineData("DataStream<Item> lost = items.KeyBy(i => i.Key).Reduce((a, b) => b);\nlost.Map(i => i.Key);", "Reduce")]
    [InlineData("var best = items.KeyBy(i => i.Key).Reduce((a, b) => b);\nbest.Map(i => i.Key).WithUid(\"keys\");", "Reduce")]
    [InlineData("items.Union(items.KeyBy(i => i.Key).Reduce((a, b) => b)).Map(i => i.Key);", "Reduce")]
    [InlineData("ISource<Item> source = null!;\nenv.FromSource(source).Map(i => i.Key);", "FromSource")]
    [InlineData(
        "var exact = KafkaSink.Builder<Item>().SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce).Build();\nitems.SinkTo(exact);",
        "SinkTo"
    )]
    [InlineData(
        "items.SinkTo(KafkaSink.Builder<Item>().SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce).Build()).WithName(\"Out\");",
        "SinkTo"
    )]
    [InlineData("CEP.Pattern(items.KeyBy(i => i.Key), Pattern.Begin<Item>(\"a\")).Select(m => m.Events.Count);", "Select")]
    [InlineData(
        "CEP.Pattern(items, Pattern.Begin<Item>(\"a\")).InProcessingTime().FlatSelect<long>((m, output) => output.Collect(1)).Map(n => n + "
            + "1);",
        "FlatSelect<long>"
    )]
    public async Task ShouldReport_WhenStateHasNoUid(string statements, string place) =>
        Assert.Equal(["MR0001 " + place], await Snippet.OfJob(statements).FindingsAsync(Analyzer));

    [Theory]
    [InlineData("items.KeyBy(i => i.Key).Reduce((a, b) => b).WithUid(\"latest\");")]
    [InlineData("items.KeyBy(i => i.Key).Reduce((a, b) => b).WithName(\"Latest\").SetParallelism(2).WithUid(\"latest\").Map(i => i.Key);")]
    [InlineData("var best = items.KeyBy(i => i.Key).Reduce((a, b) => b);\nbest.WithUid(\"best\");")]
    [InlineData(
        "SingleOutputStreamOperator<Item> best;\nbest = items.KeyBy(i => i.Key).Reduce((a, b) => "
            + "b);\nbest.WithName(\"Best\").WithUid(\"best\");"
    )]
    [InlineData(
        "Func<SingleOutputStreamOperator<Item>> later = () => items.KeyBy(i => i.Key).Reduce((a, b) => b);\nlater().WithUid(\"later\");"
    )]
    [InlineData("CEP.Pattern(items.KeyBy(i => i.Key), Pattern.Begin<Item>(\"a\")).Select(m => m.Events.Count).WithUid(\"counts\");")]
    [InlineData("items.Map(i => i.Key).Filter(k => k.Length > 0);")]
    [InlineData("items.SinkTo(sink);")]
    [InlineData("items.SinkTo(KafkaSink.Builder<Item>().SetDeliveryGuarantee(DeliveryGuarantee.AtLeastOnce).Build());")]
    public async Task ShouldBeSilent_WhenUidIsGivenOrNotNeededOrGivenElsewhere(string statements) =>
        Assert.Empty(await Snippet.OfJob(statements).FindingsAsync(Analyzer));

    [Theory]
    [InlineData("items.KeyBy(i => i.Key).Reduce((a, b) => b);", "Reduce((a, b) => b).WithUid(\"reduce\");")]
    [InlineData("var latestItem = items.KeyBy(i => i.Key).Reduce((a, b) => b);", "Reduce((a, b) => b).WithUid(\"latest-item\");")]
    [InlineData(
        "items.KeyBy(i => i.Key).Reduce((a, b) => b).WithName(\"Latest per key\");",
        "Reduce((a, b) => b).WithUid(\"latest-per-key\").WithName(\"Latest per key\");"
    )]
    [InlineData(
        "items.KeyBy(i => i.Key).Reduce((a, b) => b);\nitems.Map(i => i.Key).WithUid(\"reduce\");",
        "Reduce((a, b) => b).WithUid(\"reduce-2\");"
    )]
    [InlineData(
        "var alerts = CEP.Pattern(items.KeyBy(i => i.Key), Pattern.Begin<Item>(\"a\")).Select(m => m.Events.Count);",
        "Select(m => m.Events.Count).WithUid(\"alerts\");"
    )]
    [InlineData(
        "items.KeyBy(i => i.Key)\n    .Reduce((a, b) => b) // newest\n    .Map(i => i.Key);",
        "Reduce((a, b) => b)\n            .WithUid(\"reduce\") // newest\n            .Map(i => i.Key);"
    )]
    [InlineData(
        "DataStreamSource<Item> orders = env.FromSource<Item>(null!);\norders.Map(i => i.Key);",
        "FromSource<Item>(null!).WithUid(\"orders\");"
    )]
    [InlineData(
        "DataStreamSource<Item> orders = env.FromSource<Item>(null!).SetParallelism(2);",
        "FromSource<Item>(null!).WithUid(\"orders\").SetParallelism(2);"
    )]
    public async Task ShouldAddUidFromTheName_WhenFixed(string statements, string expected)
    {
        Snippet result = await Snippet.OfJob(statements).FixAsync(Analyzer, Fix);

        Assert.Contains(expected, await result.TextAsync(), StringComparison.Ordinal);
        Assert.Empty(await result.FindingsAsync(Analyzer));
    }

    [Fact]
    public async Task ShouldNameTheUidAfterTheFunction_WhenOperatorHasNoNameOfItsOwn()
    {
        Snippet result = await Snippet
            .OfFile(
                """
                public sealed class HotItemsFunction : KeyedProcessFunction<string, Item, Item>
                {
                    public override void ProcessElement(Item value, IKeyedProcessContext<string> context, Collector<Item> output) => output.Collect(value);
                }

                public static class Job
                {
                    public static void Build(DataStream<Item> items) => items.KeyBy(i => i.Key).Process(new HotItemsFunction());
                }
                """
            )
            .FixAsync(Analyzer, Fix);

        Assert.Contains(".Process(new HotItemsFunction()).WithUid(\"hot-items\");", await result.TextAsync(), StringComparison.Ordinal);
        Assert.Empty(await result.FindingsAsync(Analyzer));
    }

    [Theory]
    [InlineData("HTTPRequests per Second!", "http-requests-per-second")]
    [InlineData("top10Items", "top10-items")]
    [InlineData("***", "operator")]
    public void ShouldBeKebab_WhenNameIsAnything(string name, string expected) => Assert.Equal(expected, UidNames.Kebab(name));
}
