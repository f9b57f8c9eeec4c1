using System.Globalization;

namespace Millrace.Samples.Nexmark;

/// <summary>The words that events are made of. All strings are made once: events share them.</summary>
internal sealed class NexmarkVocabulary
{
    public const int Channels = 10_000;
    private const int Fillers = 1_024;
    private const int PriceSteps = 1 << 12;

    public static readonly string[] HotChannels = ["Google", "Facebook", "Baidu", "Apple"];
    public static readonly string[] States = ["AZ", "CA", "ID", "OR", "WA", "WY"];
    public static readonly string[] Cities =
    [
        "Phoenix",
        "Los Angeles",
        "San Francisco",
        "Boise",
        "Portland",
        "Bend",
        "Redmond",
        "Seattle",
        "Kent",
        "Cheyenne",
    ];

    private static readonly string[] FirstNames =
    [
        "Peter",
        "Paul",
        "Luke",
        "John",
        "Saul",
        "Vicky",
        "Kate",
        "Julie",
        "Sarah",
        "Deiter",
        "Walter",
    ];
    private static readonly string[] LastNames = ["Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"];

    private readonly int _bidRoom;
    private readonly int _personRoom;
    private readonly int _auctionRoom;

    public NexmarkVocabulary(NexmarkOptions options)
    {
        EventRandom random = new(options.Seed, -1);
        Names = [.. from first in FirstNames from last in LastNames select first + " " + last];
        HotUrls = [.. HotChannels.Select(_ => BaseUrl(ref random))];
        ChannelNames = new string[Channels];
        ChannelUrls = new string[Channels];
        for (int i = 0; i < Channels; i++)
        {
            ChannelNames[i] = string.Create(CultureInfo.InvariantCulture, $"channel-{i}");
            string url = BaseUrl(ref random);
            ChannelUrls[i] = random.Next(10) > 0 ? string.Create(CultureInfo.InvariantCulture, $"{url}&channel_id={Reverse(i)}") : url;
        }

        Emails = Many(ref random, static (ref r) => Letters(ref r, 7) + "@" + Letters(ref r, 5) + ".com");
        Cards = Many(
            ref random,
            static (ref r) =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{r.Next(10_000):D4} {r.Next(10_000):D4} {r.Next(10_000):D4} {r.Next(10_000):D4}"
                )
        );
        ItemNames = Many(ref random, static (ref r) => Letters(ref r, 3 + r.Next(17)));
        Descriptions = Many(ref random, static (ref r) => Letters(ref r, 3 + r.Next(97)));
        const int Longs = 8;
        _bidRoom = options.AverageBidBytes - (4 * Longs);
        _personRoom = options.AveragePersonBytes - ((2 * Longs) + 12 + 17 + 19 + 9 + 2);
        _auctionRoom = options.AverageAuctionBytes - ((7 * Longs) + 11 + 51);
        BidExtras = Fill(ref random, _bidRoom);
        PersonExtras = Fill(ref random, _personRoom);
        AuctionExtras = Fill(ref random, _auctionRoom);
        PriceTable = new long[PriceSteps + 1];
        for (int i = 0; i <= PriceSteps; i++)
        {
            PriceTable[i] = (long)Math.Round(Math.Pow(10, (double)i / PriceSteps * 6) * 100);
        }
    }

    private delegate string Maker(ref EventRandom random);

    public string[] Names { get; }

    public string[] HotUrls { get; }

    public string[] ChannelNames { get; }

    public string[] ChannelUrls { get; }

    public string[] Emails { get; }

    public string[] Cards { get; }

    public string[] ItemNames { get; }

    public string[] Descriptions { get; }

    public string[] BidExtras { get; }

    public string[] PersonExtras { get; }

    public string[] AuctionExtras { get; }

    /// <summary>
    /// 10^(6u) x 100 for u from 0 to 1 in even steps: with what lies between interpolated, the benchmark's distribution of prices without
    /// its power function per event.
    /// </summary>
    public long[] PriceTable { get; }

    private static string[] Many(ref EventRandom random, Maker maker)
    {
        string[] strings = new string[Fillers];
        for (int i = 0; i < strings.Length; i++)
        {
            strings[i] = maker(ref random);
        }

        return strings;
    }

    // Between 80 % and 120 % of the room, as the benchmark's nextExtra.
    private static string[] Fill(ref EventRandom random, int room)
    {
        string[] strings = new string[Fillers];
        int delta = (int)Math.Round(room * 0.2);
        for (int i = 0; i < strings.Length; i++)
        {
            strings[i] = room <= 0 ? "" : Letters(ref random, room - delta + (delta == 0 ? 0 : random.Next(2 * delta)));
        }

        return strings;
    }

    private static string BaseUrl(ref EventRandom random) =>
        $"https://www.nexmark.com/{Letters(ref random, 5)}/{Letters(ref random, 5)}/{Letters(ref random, 5)}/item.htm?query=1";

    private static string Letters(ref EventRandom random, int length)
    {
        Span<char> text = stackalloc char[length];
        for (int i = 0; i < length; i++)
        {
            text[i] = (char)('a' + random.Next(26));
        }

        return new string(text);
    }

    private static int Reverse(int value)
    {
        uint v = (uint)value;
        uint reversed = 0;
        for (int bit = 0; bit < 32; bit++)
        {
            reversed |= ((v >> bit) & 1) << (31 - bit);
        }

        return Math.Abs((int)(reversed & 0x7FFF_FFFF));
    }
}
