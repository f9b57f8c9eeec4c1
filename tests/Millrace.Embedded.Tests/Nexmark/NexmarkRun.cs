using Millrace.Api;
using Millrace.Connectors;
using Millrace.Samples.Nexmark;

namespace Millrace.Embedded.Tests.Nexmark;

/// <summary>The same events for a query and for the plain computation that it is checked against.</summary>
internal sealed class NexmarkRun
{
    // Slow enough for auctions to close and sessions to end within the events.
    private readonly NexmarkGenerator _generator;
    private readonly int _count;

    public NexmarkRun(int count = 30_000, long eventsPerSecond = 2_000)
    {
        _count = count;
        _generator = new NexmarkGenerator(new NexmarkOptions { EventsPerSecond = eventsPerSecond });
        Events = [.. Enumerable.Range(0, count).Select(i => _generator.EventAt(i))];
        Bids = [.. Events.Where(e => e.IsBid).Select(e => e.Bid)];
        Auctions = [.. Events.Where(e => e.Auction is not null).Select(e => e.Auction!)];
        Persons = [.. Events.Where(e => e.Person is not null).Select(e => e.Person!)];
    }

    public static NexmarkRun Shared { get; } = new();

    public IReadOnlyList<NexmarkEvent> Events { get; }

    public IReadOnlyList<Bid> Bids { get; }

    public IReadOnlyList<Auction> Auctions { get; }

    public IReadOnlyList<Person> Persons { get; }

    /// <summary>Runs a query.</summary>
    /// <param name="query">The query.</param>
    /// <param name="parallelism">Tasks per operator.</param>
    /// <param name="splits">Parts of the source. With several, events come out of order.</param>
    public async Task<IReadOnlyList<T>> RunAsync<T>(Func<DataStream<NexmarkEvent>, DataStream<T>> query, int parallelism, int splits)
    {
        StreamExecutionEnvironment env = new StreamExecutionEnvironment().SetParallelism(parallelism);
        CollectSink<T> results = new();
        query(env.FromSource(_generator.AsSource(_count, splits), NexmarkGenerator.Watermarks).WithUid("events"))
            .SinkTo(results)
            .WithUid("results");
        await env.ExecuteAsync("query", Deadline.Token());
        return results.Records;
    }

    /// <summary>Compares without regard to order.</summary>
    public static void AssertSame<T>(IEnumerable<T> expected, IEnumerable<T> actual)
        where T : notnull
    {
        Dictionary<T, int> counts = [];
        foreach (T each in expected)
        {
            counts[each] = counts.GetValueOrDefault(each) + 1;
        }

        Xunit.Assert.NotEmpty(counts);
        int total = counts.Values.Sum();
        IReadOnlyList<T> results = [.. actual];
        foreach (T each in results)
        {
            counts.TryGetValue(each, out int left);
            if (left == 0)
            {
                Xunit.Assert.Fail($"Not expected, or too often: {each}");
            }

            counts[each] = left - 1;
        }

        Xunit.Assert.Equal(total, results.Count);
    }
}
