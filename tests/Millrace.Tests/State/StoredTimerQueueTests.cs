using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Xunit;

namespace Millrace.Tests.State;

/// <summary>Timers on disk are those of a queue in memory.</summary>
public sealed class StoredTimerQueueTests : IDisposable
{
    private const int Groups = 16;
    private static readonly KeyGroupRange All = new(0, Groups);

    private readonly SmallStores _stores = new();

    /// <summary>Few times: many timers at each. Few keys: the same ones again and again.</summary>
    [Theory]
    [InlineData(1, 50, 1_000)]
    [InlineData(2, 50, 3)]
    [InlineData(3, 2, 100)]
    [InlineData(4, 5_000, 1_000)]
    public void ShouldGiveTheSame_AsAQueueInMemory(int seed, int keys, int times)
    {
        Random random = new(seed);
        KeyContext<decimal> context = Keys<decimal>();
        TimerQueue<decimal, int> expected = new("timers", context, TypeSerializers.For<int>());
        StoredTimerQueue<decimal, int> actual = new("timers", context, TypeSerializers.For<int>(), _stores.Open(), mostNear: 32);
        int now = 0;
        int taken = 0;
        for (int step = 0; step < 20_000; step++)
        {
            decimal key = random.Next(keys);

            // Equal keys with unequal bytes.
            key = random.Next(2) == 0 ? key : key + 0.00m;
            context.Set(key, context.Hasher.Hash(key));
            (int space, long timestamp) = (random.Next(2), now + random.Next(times));
            switch (random.Next(5))
            {
                case 0:
                    expected.Delete(space, timestamp);
                    actual.Delete(space, timestamp);
                    break;
                case 1:
                    now += random.Next(3);
                    taken += TakeAll(expected, actual, now);
                    break;
                default:
                    expected.Register(space, timestamp);
                    actual.Register(space, timestamp);
                    break;
            }

            Assert.Equal(expected.Count, actual.Count);
        }

        taken += TakeAll(expected, actual, long.MaxValue);

        Assert.True(taken > 1_000);
        Assert.Equal((0, false), (actual.Count, actual.TryPeek(out _)));
    }

    [Fact]
    public void ShouldStayInOrder_WhenOneKeyHasMoreOfATimeThanMemoryHasRoomFor()
    {
        KeyContext<int> context = Keys<int>();
        StoredTimerQueue<int, int> timers = new("timers", context, TypeSerializers.For<int>(), _stores.Open(), mostNear: 4);
        context.Set(7, context.Hasher.Hash(7));
        for (int space = 0; space < 100; space++)
        {
            timers.Register(space, 10);
            timers.Register(space, 5);
        }

        List<(long, int)> taken = [];
        while (timers.TryTake(long.MaxValue, out TimerKey<int, int> timer))
        {
            taken.Add((timer.Timestamp, timer.Namespace));
        }

        Assert.Equal(
            taken.Order(),
            Enumerable.Range(0, 100).SelectMany(space => (IEnumerable<(long, int)>)[(5, space), (10, space)]).Order()
        );
        Assert.Equal(taken.Select(timer => timer.Item1).Order(), taken.Select(timer => timer.Item1));
    }

    /// <summary>Timers of a time come in any order, on disk in that of their hash.</summary>
    private static int TakeAll(TimerQueue<decimal, int> expected, StoredTimerQueue<decimal, int> actual, long now)
    {
        List<(long, decimal, int)> left = TakenFrom(expected, now);
        List<(long, decimal, int)> right = TakenFrom(actual, now);
        Assert.Equal(left.Order(), right.Order());
        Assert.Equal(right.Select(timer => timer.Item1).Order(), right.Select(timer => timer.Item1));
        return right.Count;
    }

    private static List<(long, decimal, int)> TakenFrom(Timers<decimal, int> timers, long now)
    {
        List<(long, decimal, int)> taken = [];
        while (timers.TryTake(now, out TimerKey<decimal, int> timer))
        {
            taken.Add((timer.Timestamp, timer.Key, timer.Namespace));
        }

        return taken;
    }

    private static KeyContext<TKey> Keys<TKey>()
        where TKey : notnull => new(KeyHashers.For<TKey>(), TypeSerializers.For<TKey>(), All, Groups);

    public void Dispose()
    {
        _stores.Dispose();
        GC.SuppressFinalize(this);
    }
}
