using Millrace.Api;
using Millrace.Connectors;
using Millrace.Time;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Api;

/// <summary>The same queries over streams and over lists.</summary>
public sealed class StreamQueriesTests
{
    private const int Count = 500;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TumblingEventTimeWindows Windows = TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(50));

    [Fact]
    public async Task ShouldFilterAndSelect()
    {
        IReadOnlyList<string> actual = await RunAsync(trades =>
            from trade in trades
            where trade.Volume > 3
            from side in new[] { "buy", "sell" }
            let name = trade.Symbol + side
            where name != "s1sell"
            select name + trade.Id
        );

        IEnumerable<string> expected =
            from trade in Trades()
            where trade.Volume > 3
            from side in new[] { "buy", "sell" }
            let name = trade.Symbol + side
            where name != "s1sell"
            select name + trade.Id;
        Assert.Equal(expected.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ShouldGroupWithinWindows()
    {
        IReadOnlyList<(string, long, int, int)> actual = await RunAsync(trades =>
            from trade in trades.Within(Windows)
            where trade.Volume > 1
            group trade by trade.Symbol into minute
            where minute.Count > 2
            select (minute.Key, minute.Window.Start, minute.Count, minute.Sum(trade => trade.Volume))
        );

        IEnumerable<(string, long, int, int)> expected =
            from trade in Trades()
            where trade.Volume > 1
            group trade by (trade.Symbol, Start: trade.Id / 50 * 50L) into minute
            where minute.Count() > 2
            select (minute.Key.Symbol, minute.Key.Start, minute.Count(), minute.Sum(trade => trade.Volume));
        Assert.NotEmpty(actual);
        Assert.Equal(expected.Order(), actual.Order());
    }

    [Fact]
    public async Task ShouldJoinWithinWindows()
    {
        IReadOnlyList<(int, int)> actual = await RunAsync(trades =>
            from left in trades.Within(Windows)
            join right in trades.Where(trade => trade.Volume == 1) on left.Symbol equals right.Symbol
            where left.Id < right.Id
            select (left.Id, right.Id)
        );

        IEnumerable<(int, int)> expected =
            from left in Trades()
            join right in Trades().Where(trade => trade.Volume == 1) on (left.Symbol, left.Id / 50) equals (right.Symbol, right.Id / 50)
            where left.Id < right.Id
            select (left.Id, right.Id);
        Assert.NotEmpty(actual);
        Assert.Equal(expected.Order(), actual.Order());
    }

    private static IEnumerable<Trade> Trades() => Enumerable.Range(0, Count).Select(At);

    private static Trade At(int id) => new(id, $"s{id % 5}", id * 7 % 11);

    private static async Task<IReadOnlyList<T>> RunAsync<T>(Func<DataStream<Trade>, DataStream<T>> build)
    {
        CollectSink<T> sink = new();
        StreamExecutionEnvironment env = new();
        build(
                env.FromGenerator(
                    Count,
                    static id => At((int)id),
                    watermarks: WatermarkStrategy<Trade>.ForMonotonousTimestamps().WithTimestampAssigner(static trade => trade.Id)
                )
            )
            .SinkTo(sink);
        await env.ExecuteAsync("query").WaitAsync(Deadline);
        return sink.Records;
    }

    public sealed record Trade(int Id, string Symbol, int Volume);
}
