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
        Assert.Equal(new AccessLogEntry(new DateTimeOffset(2000, 10, 10, 13, 55, 36, TimeSpan.FromHours(-7)).ToUnixTimeMilliseconds(), "127.0.0.1", "GET", "/apache_pb.gif", 200, 2326), entry);
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
    public void ShouldSayWhatIsWrong_WhenLineIsMalformed(string line, AccessLogError expected) => Assert.Equal(expected, Parse(line, out _));

    [Fact]
    public void ShouldNeverThrow_WhenLineIsCutOrDamagedAnywhere()
    {
        byte[] line = Encoding.UTF8.GetBytes(Common + " \"http://a/\" \"agent \\\" x\"");
        Random random = new(1);
        int malformed = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] damaged = line[..random.Next(line.Length + 1)];
            if (damaged.Length > 0) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            if (_parser.Parse(damaged, out _) != AccessLogError.None) malformed++;
        }

        Assert.InRange(malformed, 10_000, 20_000);
    }

    [Fact]
    public void ShouldAllocateNothing_WhenHostsAndPathsComeAgain()
    {
        byte[] line = Encoding.UTF8.GetBytes(Common);
        _parser.Parse(line, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) _parser.Parse(line, out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private AccessLogError Parse(string line, out AccessLogEntry entry) => _parser.Parse(Encoding.UTF8.GetBytes(line), out entry);
}
