using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.DevBroker.Journals;

namespace Millrace.DevBroker.Tests.Storage;

public sealed class FileJournalTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), "millrace-journal-" + Guid.NewGuid().ToString("N"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ShouldRememberTheLastValues_AcrossRestarts(bool fsync)
    {
        using (FileJournal journal = Open(fsync))
        {
            await journal.WriteAsync([Set("a", "1"), Set("b", "1")]);
            await journal.WriteAsync([Set("a", "2"), new("b", null), Set("c", "")]);
        }

        using FileJournal again = Open();
        Assert.Equal("a=2 c=", Text(again));
    }

    [Fact]
    public async Task ShouldApplyWritesWholeOrNotAtAll_WhereverTheFileIsTorn()
    {
        List<long> lengths = new();
        using (FileJournal journal = Open())
        {
            for (int i = 0; i < 4; i++)
            {
                await journal.WriteAsync([Set("x", $"{i}"), Set("y", $"{i}")]);
                lengths.Add(new FileInfo(_path).Length);
            }
        }

        byte[] whole = await File.ReadAllBytesAsync(_path);
        for (int cut = 0; cut <= whole.Length; cut++)
        {
            await File.WriteAllBytesAsync(_path, whole[..cut]);
            using FileJournal journal = Open();
            int written = lengths.Count(l => l <= cut);
            Assert.Equal(written == 0 ? "" : $"x={written - 1} y={written - 1}", Text(journal));
        }
    }

    [Fact]
    public async Task ShouldStaySmall_WhenTheSameKeysAreWrittenAgainAndAgain()
    {
        using (FileJournal journal = Open())
        {
            byte[] value = new byte[1_000];
            for (int i = 0; i < 5_000; i++)
            {
                await journal.WriteAsync([new($"k{i % 10}", value)]);
            }
        }

        Assert.InRange(new FileInfo(_path).Length, 1, 2 << 20);
        using FileJournal again = Open();
        Assert.Equal(10, again.Entries().Count);
    }

    public void Dispose() => File.Delete(_path);

    private static KeyValuePair<string, byte[]?> Set(string key, string value) => new(key, Encoding.UTF8.GetBytes(value));

    private static string Text(FileJournal journal) =>
        string.Join(' ', journal.Entries().Select(e => $"{e.Key}={Encoding.UTF8.GetString(e.Value)}"));

    private FileJournal Open(bool fsync = false) => new(_path, fsync, NullLogger.Instance);
}
