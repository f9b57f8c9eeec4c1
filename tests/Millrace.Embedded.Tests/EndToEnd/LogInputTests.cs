using System.Globalization;
using System.IO.Compression;
using System.Text;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Embedded.Tests.EndToEnd;

/// <summary>What <c>./run logs</c> does with files that are not plain lines of a log.</summary>
public sealed class LogInputTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task ShouldPutLinesAside_WhenTheirTimesHaveNoWindow()
    {
        string file = await FileAsync(
            "access.log",
            Encoding.UTF8.GetBytes(
                "h - - [31/Dec/9999:23:59:30 +0000] \"GET /a HTTP/1.1\" 200 1\n"
                    + "h - - [01/Jan/0001:00:00:00 +0100] \"GET /a HTTP/1.1\" 200 1\n"
                    + "h - - [03/Jul/2015:00:00:00 +0000] \"GET /a HTTP/1.1\" 200 1\n"
                    + "h - - [35/Jul/2015:00:00:00 +0000] \"GET /a HTTP/1.1\" 200 1\n"
                    + Line(1)
            )
        );
        string output = await RunAsync(CliApplication.Success, "--file", file);
        Assert.Contains("Total: 2 requests, 2 bytes, 0 errors, 2 windows, 0 alerts, 0 late, 3 malformed", output, StringComparison.Ordinal);
        Assert.Contains("outside the years 2 to 9998", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldReadAllMembers_WhenFileIsGzip()
    {
        string file = await FileAsync("access.log.gz", [.. Gzip(Lines(0, 300)), .. Gzip(Lines(300, 200))]);
        string output = await RunAsync(CliApplication.Success, "--file", file);
        Assert.Contains("500 lines written", output, StringComparison.Ordinal);
        Assert.Contains("Total: 500 requests, 500 bytes", output, StringComparison.Ordinal);
        Assert.Contains("0 late, 0 malformed", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.5, "cut off")]
    [InlineData(0.995, "cut off")]
    [InlineData(-0.5, "damaged")]
    public async Task ShouldReportWhatWasReadAndFail_WhenGzipIsCutOffOrDamaged(double place, string reason)
    {
        byte[] whole = Gzip(Lines(0, 5_000));
        byte[] bytes = place > 0 ? whole[..(int)(whole.Length * place)] : whole;
        if (place < 0)
        {
            bytes.AsSpan((int)(whole.Length * -place), 64).Fill(0xFF);
        }
        string file = await FileAsync("access.log.gz", bytes);
        string output = await RunAsync(CliApplication.Failure, "--file", file);
        Assert.Matches($"access.log.gz' is {reason}.* after line [0-9]+", output);

        // Where it is damaged, some of what follows may come out before the damage is noticed.
        Assert.Matches($"Total: [0-9]{{3,}} requests, .* {(place > 0 ? "0" : "[0-9]+")} malformed", output);
    }

    [Theory]
    [InlineData("header", "damaged: bytes that are no gzip data follow on some that are, at or before byte [0-9]+")]
    [InlineData("garbage", "damaged: bytes that are no gzip data follow on some that are, at or before byte [0-9]+")]
    [InlineData("byte", "cut off after byte [0-9]+")]
    [InlineData("method", "damaged: its gzip data cannot be unpacked")]
    [InlineData("body", "damaged: its gzip data cannot be unpacked")]
    public async Task ShouldReportWhatWasReadAndFail_WhenWhatFollowsAMemberIsNoGzip(string damage, string reason)
    {
        byte[] second = Gzip(Lines(300, 200));
        if (damage == "header")
        {
            second[1] ^= 1;
        }
        if (damage == "method")
        {
            second[2] = 7;
        }
        if (damage == "body")
        {
            second[^10] ^= 0xFF;
        }
        string file = await FileAsync(
            "access.log.gz",
            [
                .. Gzip(Lines(0, 300)),
                .. damage switch
                {
                    "garbage" => "this is no gzip"u8.ToArray(),
                    "byte" => [0x1F],
                    _ => second,
                },
            ]
        );
        string output = await RunAsync(CliApplication.Failure, "--file", file);
        Assert.Matches($"access.log.gz' is {reason}.* after line [3-5][0-9]{{2}}", output);
        Assert.Matches("Total: [3-5][0-9]{2} requests", output);
    }

    [Theory]
    [InlineData("28B52FFD", "zstd", "zstd -dc ")]
    [InlineData("425A6839314159265359", "bzip2", "bzip2 -dc ")]
    [InlineData("FD377A585A00", "xz", "xz -dc ")]
    [InlineData("504B0304", "zip", "unzip -p ")]
    [InlineData("04224D18", "lz4", "lz4 -dc ")]
    [InlineData("377ABCAF271C", "7z", "7z x -so ")]
    [InlineData("FFFE6800", "UTF-16", "iconv -f UTF-16 -t UTF-8 ")]
    [InlineData("68006F00730074002000", "UTF-16", "iconv -f UTF-16LE -t UTF-8 ")]
    public async Task ShouldNameTheCommandThatHelps_WhenFileIsNotPlainText(string magic, string format, string command)
    {
        string file = await FileAsync("access.log", [.. Convert.FromHexString(magic), .. new byte[100]]);
        string output = await RunAsync(CliApplication.Failure, "--file", file);
        Assert.Contains($"is {format}", output, StringComparison.Ordinal);
        Assert.Contains(command, output, StringComparison.Ordinal);
        Assert.Contains("| ./run logs --file -", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldRefuse_WhenACompressedFileIsFollowed()
    {
        string file = await FileAsync("access.log.gz", Gzip(Lines(0, 3)));
        string output = await RunAsync(CliApplication.Failure, "--file", file, "--follow");
        Assert.Contains("--follow reads a file as it grows, but", output, StringComparison.Ordinal);
        Assert.Contains("gzip", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldSkipTheByteOrderMarkAndPutBinaryAside_WhenFileHasThem()
    {
        string file = await FileAsync(
            "access.log",
            [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Line(0)), .. new byte[500], (byte)'\n', .. Encoding.UTF8.GetBytes(Line(1))]
        );
        string output = await RunAsync(CliApplication.Success, "--file", file);
        Assert.Contains("Total: 2 requests, 2 bytes, 0 errors, 1 windows, 0 alerts, 0 late, 1 malformed", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2_000_000)]
    [InlineData(20_000_000)]
    [InlineData(999_900)]
    public async Task ShouldGoOnAndKeepTheBeginning_WhenALineIsTooLongForTheTopic(int length)
    {
        string file = await FileAsync(
            "access.log",
            Encoding.UTF8.GetBytes(Line(0) + new string('x', length) + "\n" + Line(1) + new string('y', length))
        );
        string output = await RunAsync(CliApplication.Success, "--file", file);
        Assert.Contains("Total: 2 requests, 2 bytes, 0 errors, 1 windows, 0 alerts, 0 late, 2 malformed", output, StringComparison.Ordinal);
        Assert.Contains($"line 2 has {length.ToString(CultureInfo.InvariantCulture)} bytes", output, StringComparison.Ordinal);
        Assert.Contains($"line 4 has {length.ToString(CultureInfo.InvariantCulture)} bytes", output, StringComparison.Ordinal);
        Assert.Contains("\"xxxxx", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldSendNoBeginningBack_WhenLettersAreRedriven()
    {
        await using TestBroker broker = await TestBroker.StartAsync([.. LogsTests.Topics.Select(topic => (topic, 0))]);
        string[] connection = ["--bootstrap-servers", broker.BootstrapServers];
        string file = await FileAsync("access.log", Encoding.UTF8.GetBytes(Line(0) + new string('x', 2_000_000)));
        await RunAsync(CliApplication.Success, ["--file", file, .. connection]);
        await using StringWriter output = new();
        CliConsole console = new(TextWriter.Synchronized(output), TextWriter.Synchronized(output), IsTerminal: false);

        await CliApplication.RunAsync(["dlq", "list", "--topic", "access-log-dead-letters", .. connection], console, Deadline.Token());
        await CliApplication.RunAsync(["dlq", "redrive", "--topic", "access-log-dead-letters", .. connection], console, Deadline.Token());

        Assert.Contains("access-log attempt 1: line 2 has 2000000 bytes", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("0 dead letter(s) sent back", output.ToString(), StringComparison.Ordinal);
        await CliApplication.RunAsync(["dlq", "list", "--topic", "access-log", .. connection], console, Deadline.Token());
        Assert.Contains(
            "0 dead letter(s)\n1 record(s) of topic 'access-log' are no dead letters",
            output.ToString(),
            StringComparison.Ordinal
        );
        Assert.Single(await new KafkaTopics(broker.BootstrapServers).ReadAsync("access-log"));
    }

    [Theory]
    [InlineData(0, "2099")]
    [InlineData(3_000, "2099")]
    [InlineData(3_000, "2021")]
    public async Task ShouldCountTheLineAndNoOtherAsLate_WhenItsTimeIsFarAhead(int place, string year)
    {
        string[] lines =
        [
            .. Enumerable
                .Range(0, 20_000)
                .Select(i =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"10.0.0.1 - - [01/Jan/2020:{i / 3_600:D2}:{i / 60 % 60:D2}:{i % 60:D2} +0000] \"GET /page{i % 7} HTTP/1.1\" 200 "
                            + $"1\n"
                    )
                ),
        ];
        string ahead = lines[place].Replace("2020", year, StringComparison.Ordinal);
        string file = await FileAsync("access.log", Encoding.UTF8.GetBytes(string.Concat([.. lines[..place], ahead, .. lines[place..]])));
        string output = await RunAsync(CliApplication.Success, "--file", file);
        Assert.Contains("Lines ahead: 1 are more than a day later", output, StringComparison.Ordinal);
        Assert.Contains(
            "Total: 20001 requests, 20001 bytes, 0 errors, 335 windows, 0 alerts, 0 late, 0 malformed",
            output,
            StringComparison.Ordinal
        );
    }

    private static string Line(int i) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"10.0.0.{i % 200} - - [01/Jan/2024:00:00:{i % 60:D2} +0000] \"GET /page{(i * 7919L) % 100_003} HTTP/1.1\" 200 1\n"
        );

    private static byte[] Lines(int from, int count) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(from, count).Select(Line)));

    private static byte[] Gzip(byte[] content)
    {
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }
        return compressed.ToArray();
    }

    private async Task<string> FileAsync(string name, byte[] content)
    {
        string file = _directory[name];
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file, content);
        return file;
    }

    private static async Task<string> RunAsync(int expected, params string[] arguments)
    {
        await using StringWriter output = new();
        TextWriter both = TextWriter.Synchronized(output);
        int exitCode = await CliApplication.RunAsync(
            ["logs", .. arguments],
            new CliConsole(both, both, IsTerminal: false),
            Deadline.Token()
        );
        Assert.True(exitCode == expected, output.ToString());
        return output.ToString();
    }
}
