using System.Globalization;

namespace Millrace.Samples.Traffic;

/// <summary>
/// Makes lines of an access log: a function of the line's number, like the auctions. About one line in a thousand is malformed; every few
/// minutes a part of the site fails for a while.
/// </summary>
/// <param name="seed">Two generators with the same seed make the same lines.</param>
/// <param name="baseTimeMs">Time of the first line, in milliseconds since the Unix epoch.</param>
/// <param name="linesPerSecond">Lines per second of event time.</param>
public sealed class AccessLogTraffic(long seed, long baseTimeMs, long linesPerSecond)
{
    private const int MalformedOneIn = 1000;
    private const int OutageEverySeconds = 60;
    private const int OutageSeconds = 10;

    private static readonly string[] Paths =
    [
        "/",
        "/index.html",
        "/login",
        "/logout",
        "/cart",
        "/checkout",
        "/search",
        "/api/auctions",
        "/api/bids",
        "/api/persons",
        "/images/logo.png",
        "/images/hero.jpg",
        "/css/site.css",
        "/js/app.js",
        "/favicon.ico",
        "/robots.txt",
        "/help",
        "/about",
        "/terms",
        "/feed.xml",
    ];

    private static readonly string[] Agents =
    [
        "Mozilla/5.0 (X11; Linux x86_64)",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)",
        "curl/8.5.0",
    ];

    /// <summary>Makes a line.</summary>
    /// <param name="number">Its number, from 0.</param>
    public string LineAt(long number)
    {
        EventRandom random = new(seed, number);
        long milliseconds = baseTimeMs + (number * 1000 / linesPerSecond);
        string time = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("dd/MMM/yyyy:HH:mm:ss", CultureInfo.InvariantCulture);
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"10.{random.Next(4)}.{random.Next(16)}.{random.Next(250) + 1} - - [{time} +0000] \"{(random.Next(10) == 0 ? "POST" : "GET")} "
                + $"{Path(ref random)} HTTP/1.1\" "
                + $"{Status(milliseconds, ref random)} {Size(ref random)} \"-\" \"{Agents[random.Next(Agents.Length)]}\""
        );
        return random.Next(MalformedOneIn) == 0 ? line[..random.Next(line.Length / 2)] : line;
    }

    // Squaring prefers the first ones, as the most popular pages are few.
    private static string Path(ref EventRandom random)
    {
        double place = random.NextDouble();
        return Paths[(int)(place * place * Paths.Length)];
    }

    private static int Status(long milliseconds, ref EventRandom random)
    {
        bool outage = milliseconds / 1000 % OutageEverySeconds < OutageSeconds;
        int dice = random.Next(1000);
        return dice switch
        {
            < 10 => 404,
            < 13 => 500,
            < 250 when outage => 503,
            < 60 => 304,
            _ => 200,
        };
    }

    private static long Size(ref EventRandom random) => (long)Math.Exp(5 + (random.NextDouble() * 8));
}
