using System.Runtime.CompilerServices;
using Millrace.Connectors;
using Millrace.Time;

namespace Millrace.Samples.Nexmark;

/// <summary>
/// Makes the events of the Nexmark benchmark (Tucker, Tufte, Papadimos, Maier: <i>NEXMark - A Benchmark for Queries over Data Streams</i>),
/// with the proportions, hot ratios and sizes of Flink's and Beam's generators. An event is a function of its number, the settings and the
/// seed: a source can go on anywhere, in any number of parts. Strings are shared between events. Thread-safe.
/// </summary>
public sealed class NexmarkGenerator
{
    private const long FirstAuctionId = 1000;
    private const long FirstPersonId = 1000;
    private const long FirstCategoryId = 10;
    private const int NumCategories = 5;
    private const int HotGroup = 100;
    private const int IdLead = 10;

    private readonly NexmarkOptions _options;
    private readonly NexmarkVocabulary _words;
    private readonly long _seed;
    private readonly int _total;
    private readonly int _firstBid;

    /// <summary>Creates a generator.</summary>
    /// <param name="options">Settings; <see langword="null"/> = the benchmark's.</param>
    public NexmarkGenerator(NexmarkOptions? options = null)
    {
        _options = options ?? new NexmarkOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.EventsPerSecond, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.PersonProportion, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.AuctionProportion, nameof(options));
        _words = new NexmarkVocabulary(_options);
        _seed = _options.Seed;
        _total = _options.TotalProportion;
        _firstBid = _options.PersonProportion + _options.AuctionProportion;
    }

    /// <summary>
    /// Event time for all queries: the generator's events come in order; the benchmark holds watermarks back by 4 seconds.
    /// </summary>
    public static WatermarkStrategy<NexmarkEvent> Watermarks { get; } =
        WatermarkStrategy<NexmarkEvent>
            .ForBoundedOutOfOrderness(TimeSpan.FromSeconds(4))
            .WithTimestampAssigner(static (e, _) => e.DateTime);

    /// <summary>Makes an event.</summary>
    /// <param name="number">Its number, from 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public NexmarkEvent EventAt(long number)
    {
        long epoch = Math.DivRem(number, _total, out long place);
        long time = TimeOf(number);
        EventRandom random = new(_seed, number);
        if (place >= _firstBid)
        {
            return new NexmarkEvent(MakeBid(epoch, time, ref random));
        }

        return place < _options.PersonProportion
            ? new NexmarkEvent(MakePerson(LastPerson(epoch, place), time, ref random))
            : new NexmarkEvent(MakeAuction(number, epoch, place, time, ref random));
    }

    /// <summary>A source of the events 0 to <paramref name="count"/>, in memory.</summary>
    /// <param name="count">Number of events; <see cref="long.MaxValue"/> = unbounded.</param>
    /// <param name="splits">Parts that are read in parallel.</param>
    /// <param name="recordsPerSecond">Most events per second and task; <see langword="null"/> = as many as go.</param>
    /// <param name="firstDue">When the first one is due, as a timestamp of the job's clock; <see langword="null"/> = when its task
    /// opens.</param>
    public GeneratorSource<NexmarkEvent> AsSource(long count, int splits = 1, double? recordsPerSecond = null, long? firstDue = null) =>
        new(count, EventAt, splits) { RecordsPerSecond = recordsPerSecond, FirstDue = firstDue };

    private long TimeOf(long number) => _options.BaseTimeMs + (number * 1000 / _options.EventsPerSecond);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Bid MakeBid(long epoch, long time, ref EventRandom random)
    {
        // A bid comes after all persons and auctions of its group of 50.
        long lastAuction = (epoch * _options.AuctionProportion) + _options.AuctionProportion - 1;
        long lastPerson = (epoch * _options.PersonProportion) + _options.PersonProportion - 1;
        long auction = random.Next(_options.HotAuctionRatio) > 0 ? lastAuction / HotGroup * HotGroup : AnyAuction(lastAuction, ref random);
        long bidder =
            random.Next(_options.HotBiddersRatio) > 0 ? (lastPerson / HotGroup * HotGroup) + 1 : AnyPerson(lastPerson, ref random);
        long price = NextPrice(ref random);
        string channel;
        string url;
        if (random.Next(2) > 0)
        {
            int hot = random.Next(NexmarkVocabulary.HotChannels.Length);
            channel = NexmarkVocabulary.HotChannels[hot];
            url = _words.HotUrls[hot];
        }
        else
        {
            int cold = random.Next(NexmarkVocabulary.Channels);
            channel = _words.ChannelNames[cold];
            url = _words.ChannelUrls[cold];
        }

        return new Bid(auction + FirstAuctionId, bidder + FirstPersonId, price, channel, url, time, Pick(_words.BidExtras, ref random));
    }

    private Auction MakeAuction(long number, long epoch, long place, long time, ref EventRandom random)
    {
        long id = (epoch * _options.AuctionProportion) + place - _options.PersonProportion;
        long lastPerson = LastPerson(epoch, place);
        long seller = random.Next(_options.HotSellersRatio) > 0 ? lastPerson / HotGroup * HotGroup : AnyPerson(lastPerson, ref random);
        long initialBid = NextPrice(ref random);

        // Long enough that, on average, NumInFlightAuctions are open.
        long horizon = TimeOf(number + ((long)_options.NumInFlightAuctions * _total / _options.AuctionProportion)) - time;
        long expires = time + 1 + random.Next(Math.Max(horizon * 2, 1));
        return new Auction(
            id + FirstAuctionId,
            Pick(_words.ItemNames, ref random),
            Pick(_words.Descriptions, ref random),
            initialBid,
            initialBid + NextPrice(ref random),
            time,
            expires,
            seller + FirstPersonId,
            FirstCategoryId + random.Next(NumCategories),
            Pick(_words.AuctionExtras, ref random)
        );
    }

    private Person MakePerson(long id, long time, ref EventRandom random) =>
        new(
            id + FirstPersonId,
            Pick(_words.Names, ref random),
            Pick(_words.Emails, ref random),
            Pick(_words.Cards, ref random),
            Pick(NexmarkVocabulary.Cities, ref random),
            Pick(NexmarkVocabulary.States, ref random),
            time,
            Pick(_words.PersonExtras, ref random)
        );

    private long LastPerson(long epoch, long place) => (epoch * _options.PersonProportion) + Math.Min(place, _options.PersonProportion - 1);

    private long AnyPerson(long lastPerson, ref EventRandom random)
    {
        long people = lastPerson + 1;
        long active = Math.Min(people, _options.NumActivePeople);
        return people - active + random.Next(active + IdLead);
    }

    private long AnyAuction(long lastAuction, ref EventRandom random)
    {
        long first = Math.Max(lastAuction - _options.NumInFlightAuctions, 0);
        return first + random.Next(lastAuction - first + 1 + IdLead);
    }

    private long NextPrice(ref EventRandom random)
    {
        long[] prices = _words.PriceTable;
        int step = random.Next(prices.Length - 1);
        return prices[step] + random.Next(prices[step + 1] - prices[step] + 1);
    }

    private static string Pick(string[] words, ref EventRandom random) => words[random.Next(words.Length)];
}
