using System.Globalization;
using System.Text;
using Millrace.Samples.Logs;
using Xunit;

namespace Millrace.Embedded.Tests.Samples;

public sealed class AccessLogParserTests
{
    private const string Common = "127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] \"GET /apache_pb.gif HTTP/1.0\" 200 2326";

    private readonly AccessLogParser _parser = new();

    [Fact]
    public void ShouldReadAllFields_WhenLineIsInCommonFormat()
    {
        Assert.Equal(AccessLogError.None, Parse(Common, out AccessLogEntry entry));
        Assert.Equal(
            new AccessLogEntry(
                new DateTimeOffset(2000, 10, 10, 13, 55, 36, TimeSpan.FromHours(-7)).ToUnixTimeMilliseconds(),
                "127.0.0.1",
                "GET",
                "/apache_pb.gif",
                200,
                2326
            ),
            entry
        );
    }

    [Theory]
    [InlineData(Common + " \"-\" \"Mozilla/5.0 (X11)\"", "/apache_pb.gif")]
    [InlineData(Common + "\r", "/apache_pb.gif")]
    [InlineData("::1 - - [01/Jan/2024:00:00:00 +0000] \"GET /a\\\"b HTTP/1.1\" 200 - \"-\" \"-\"", "/a\\\"b")]
    [InlineData("h - - [29/Feb/2024:23:59:60 +0530] \"POST /search?q=1&x=2 HTTP/2.0\" 404 0", "/search")]
    [InlineData("h - John Doe [01/Jan/2024:00:00:00 +0000] \"GET / HTTP/1.1\" 200 5", "/")]
    [InlineData("h - - [01/Jan/2024:00:00:00 +0000] \"\\x16\\x03\" 400 226", "\\x16\\x03")]
    public void ShouldFindThePath_WhenLineIsWellFormed(string line, string path)
    {
        Assert.Equal(AccessLogError.None, Parse(line, out AccessLogEntry entry));
        Assert.Equal(path, entry.Path);
    }

    [Theory]
    [InlineData("", AccessLogError.Empty)]
    [InlineData("hello", AccessLogError.NoClient)]
    [InlineData("h - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1", AccessLogError.NoClient)]
    [InlineData("h - - \"GET / HTTP/1.0\" 200 1", AccessLogError.NoTime)]
    [InlineData("h - - [2000-10-10T13:55:36] \"GET / HTTP/1.0\" 200 1", AccessLogError.NoTime)]
    [InlineData("h - - [31/Feb/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1", AccessLogError.BadTime)]
    [InlineData("h - - [10/Foo/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1", AccessLogError.BadTime)]
    [InlineData("h - - [10/Oct/2000:25:55:36 -0700] \"GET / HTTP/1.0\" 200 1", AccessLogError.BadTime)]
    [InlineData("h - - [10/Oct/2000:13:55:36 -0700] GET / HTTP/1.0 200 1", AccessLogError.NoRequest)]
    [InlineData("h - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0", AccessLogError.NoRequest)]
    [InlineData("h - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" ok 1", AccessLogError.BadStatus)]
    [InlineData("h - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200", AccessLogError.BadStatus)]
    [InlineData("h - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 big", AccessLogError.BadSize)]
    [InlineData("h - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1 \"-\"", AccessLogError.BadTail)]
    [InlineData("h - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1 \"-\" \"open", AccessLogError.BadTail)]
    public void ShouldSayWhatIsWrong_WhenLineIsMalformed(string line, AccessLogError expected) =>
        Assert.Equal(expected, Parse(line, out _));

    [Theory]
    [InlineData("31/Dec/9999:23:59:30 +0000", AccessLogError.TimeOutOfRange)]
    [InlineData("31/Dec/9999:23:59:30 -2359", AccessLogError.TimeOutOfRange)]
    [InlineData("01/Jan/0001:00:00:00 +0100", AccessLogError.TimeOutOfRange)]
    [InlineData("01/Jan/0002:00:00:00 +0100", AccessLogError.TimeOutOfRange)]
    [InlineData("31/Dec/9998:23:59:60 +0000", AccessLogError.TimeOutOfRange)]
    [InlineData("01/Jan/0000:00:00:00 +0000", AccessLogError.BadTime)]
    [InlineData("01/Jan/0002:00:00:00 +0000", AccessLogError.None)]
    [InlineData("31/Dec/9998:23:59:59 +0000", AccessLogError.None)]
    public void ShouldTakeOnlyTimesWithRoomForAWindow_WhenYearIsFarAway(string time, AccessLogError expected) =>
        Assert.Equal(expected, Parse($"h - - [{time}] \"GET / HTTP/1.0\" 200 1", out _));

    [Theory]
    [InlineData(2015)]
    [InlineData(2016)]
    [InlineData(1)]
    [InlineData(9999)]
    public void ShouldReadADateAlike_WhateverDateCameBefore(int year)
    {
        LogTime[] dates =
        [
            .. from month in Enumerable.Range(0, LogTime.Months.Length)
            from day in Enumerable.Range(0, 100)
            select new LogTime(day, month, year, 12, 30, 15, "+0000"),
        ];
        byte[][] lines = [.. dates.Select(date => date.ToLine())];
        (AccessLogError Error, long Time)[] expected = [.. dates.Select(date => date.Expected())];
        for (int before = 0; before < dates.Length; before++)
        {
            // What is remembered of a date is remembered of one that exists.
            if (expected[before].Error == AccessLogError.BadTime)
            {
                continue;
            }

            for (int i = 0; i < dates.Length; i++)
            {
                _parser.Parse(lines[before], out _);
                AssertReads(expected[i], lines[i], dates[i]);
            }
        }
    }

    [Fact]
    public void ShouldReadTimesAsAPlainComputationDoes_WhenDaysMonthsYearsAndZonesComeInAnyOrder()
    {
        Random random = new(7);
        string[] zones = ["+0000", "+0100", "-0700", "+0530", "-2359", "+2359", "+2400", "+0060", "-0000"];
        for (int i = 0; i < 400_000; i++)
        {
            int year = random.Next(4) switch
            {
                0 => random.Next(10_000),
                1 => 9_990 + random.Next(10),
                2 => random.Next(10),
                _ => 2_000 + random.Next(40),
            };
            LogTime time = new(
                random.Next(100),
                random.Next(LogTime.Months.Length),
                year,
                random.Next(25),
                random.Next(61),
                random.Next(62),
                zones[random.Next(zones.Length)]
            );
            AssertReads(time.Expected(), time.ToLine(), time);
        }
    }

    [Fact]
    public void ShouldNeverThrow_WhenLineIsCutOrDamagedAnywhere()
    {
        byte[] line = Encoding.UTF8.GetBytes(Common + " \"http://a/\" \"agent \\\" x\"");
        Random random = new(1);
        int malformed = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] damaged = line[..random.Next(line.Length + 1)];
            if (damaged.Length > 0)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            if (_parser.Parse(damaged, out _) != AccessLogError.None)
            {
                malformed++;
            }
        }

        Assert.InRange(malformed, 10_000, 20_000);
    }

    [Fact]
    public void ShouldAllocateNothing_WhenHostsAndPathsComeAgain()
    {
        byte[] line = Encoding.UTF8.GetBytes(Common);
        _parser.Parse(line, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            _parser.Parse(line, out _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void AssertReads((AccessLogError Error, long Time) expected, byte[] line, LogTime time)
    {
        AccessLogError error = _parser.Parse(line, out AccessLogEntry entry);
        if (error != expected.Error || (error == AccessLogError.None && entry.Timestamp != expected.Time))
        {
            Assert.Fail($"{time}: expected {expected}, was {error} {entry.Timestamp}");
        }
    }

    private AccessLogError Parse(string line, out AccessLogEntry entry) => _parser.Parse(Encoding.UTF8.GetBytes(line), out entry);

    /// <summary>A time in a line, and what a plain computation makes of it.</summary>
    private sealed record LogTime(int Day, int Month, int Year, int Hour, int Minute, int Second, string Zone)
    {
        public static readonly string[] Months =
        [
            "Jan",
            "Feb",
            "Mar",
            "Apr",
            "May",
            "Jun",
            "Jul",
            "Aug",
            "Sep",
            "Oct",
            "Nov",
            "Dec",
            "Foo",
        ];

        public byte[] ToLine() =>
            Encoding.UTF8.GetBytes(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"h - - [{Day:D2}/{Months[Month]}/{Year:D4}:{Hour:D2}:{Minute:D2}:{Second:D2} {Zone}] \"GET / HTTP/1.0\" 200 1"
                )
            );

        public (AccessLogError Error, long Time) Expected()
        {
            int zoneHours = int.Parse(Zone[1..3], CultureInfo.InvariantCulture);
            int zoneMinutes = int.Parse(Zone[3..], CultureInfo.InvariantCulture);
            if (
                Year < 1
                || Month >= 12
                || Day < 1
                || Day > DateTime.DaysInMonth(Year, Month + 1)
                || Hour > 23
                || Minute > 59
                || Second > 60
                || zoneHours > 23
                || zoneMinutes > 59
            )
            {
                return (AccessLogError.BadTime, 0);
            }

            // A number of seconds may be out of what DateTime holds.
            long midnight =
                (new DateTime(Year, Month + 1, Day, 0, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond;
            long zone = ((zoneHours * 60) + zoneMinutes) * 60 * (Zone[0] == '-' ? -1 : 1);
            long time = midnight + (Hour * 3_600) + (Minute * 60) + Second - zone;
            long first = (new DateTime(2, 1, 1, 0, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond;
            long end = (new DateTime(9999, 1, 1, 0, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond;
            return time < first || time >= end ? (AccessLogError.TimeOutOfRange, 0) : (AccessLogError.None, time * 1_000);
        }
    }
}
