using Millrace.Api;
using Millrace.Connectors;
using Millrace.Testing.Conformance;
using Xunit;

namespace Millrace.FolderLog.Tests;

public sealed class FolderLogTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "millrace-folder-log", Guid.NewGuid().ToString("n"));

    public static TheoryData<string> SourceChecks => new(SourceConformance.CheckNames);

    public static TheoryData<string> SinkChecks => new(SinkConformance.CheckNames);

    [Theory]
    [MemberData(nameof(SourceChecks))]
    public Task ShouldBeASource(string check) =>
        new SourceConformance<string>(_ => Task.FromResult<SourceUnderTest<string>>(new FolderLogSourceUnderTest(_folder))).RunAsync(
            check,
            CancellationToken.None
        );

    [Theory]
    [MemberData(nameof(SinkChecks))]
    public Task ShouldBeASink(string check) =>
        new SinkConformance<string>(_ => Task.FromResult<SinkUnderTest<string>>(new FolderLogSinkUnderTest(_folder))).RunAsync(
            check,
            CancellationToken.None
        );

    [Theory]
    [MemberData(nameof(SourceChecks))]
    public Task ShouldBeASourceThatEnds(string check) =>
        new SourceConformance<string>(_ =>
            Task.FromResult<SourceUnderTest<string>>(new FolderLogSourceUnderTest(_folder) { Boundedness = Boundedness.Bounded })
        ).RunAsync(check, CancellationToken.None);

    [Fact]
    public async Task ShouldCopyAFolder_WhenAJobReadsAndWrites()
    {
        string input = Path.Combine(_folder, "input");
        string output = Path.Combine(_folder, "output");
        for (int i = 0; i < 100; i++)
        {
            await WriteAsync(input, partition: i % 2, number: i / 2, $"line {i}");
        }

        StreamExecutionEnvironment env = new();
        env.FromSource(new FolderLogSource(input, Boundedness.Bounded))
            .Map(line => line.ToUpperInvariant())
            .SinkTo(new FolderLogSink(output));
        await env.ExecuteAsync("upper");

        Assert.Equal(
            Enumerable.Range(0, 100).Select(i => $"LINE {i}").Order(StringComparer.Ordinal),
            ReadAll(output).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task ShouldEndTheJob_WhenRecordsWereRemoved()
    {
        await WriteAsync(_folder, partition: 0, number: 7, "line");
        FolderLogReader reader = new(_folder);

        SuppressRestartsException failure = await Assert.ThrowsAsync<SuppressRestartsException>(() =>
            reader.ReadAsync(_folder, 0, from: 3, to: 7, maxRecords: 10, CancellationToken.None)
        );

        Assert.Contains("begins at record 7, expected 3", failure.Message, StringComparison.Ordinal);
    }

    internal static async Task WriteAsync(string folder, int partition, long number, string line)
    {
        string file = FolderLog.FileOf(folder, partition, number);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file + ".new", line);
        File.Move(file + ".new", file);
    }

    internal static IReadOnlyList<string> ReadAll(string folder) =>
        [
            .. Enumerable
                .Range(0, FolderLog.CountPartitions(folder))
                .SelectMany(partition =>
                    FolderLog.NumbersOf(folder, partition).Select(number => File.ReadAllText(FolderLog.FileOf(folder, partition, number)))
                ),
        ];

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}
