using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using Millrace.Checkpoints;
using Millrace.Testing.Conformance;
using Xunit;

namespace Millrace.Tests.Checkpoints;

public sealed class DirectoryObjectStoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("millrace-store-").FullName;

    public static TheoryData<string> Checks => new(ObjectStoreConformance.CheckNames);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldConform(string check) =>
        new ObjectStoreConformance(() => new DirectoryObjectStore(_directory)).RunAsync(check, CancellationToken.None);

    [Theory]
    [MemberData(nameof(Checks))]
    public Task ShouldConform_WhenFsyncIsOn(string check) =>
        new ObjectStoreConformance(() => new DirectoryObjectStore(_directory, new DirectoryObjectStoreOptions { Fsync = true })).RunAsync(
            check,
            CancellationToken.None
        );

    [Fact]
    public async Task ShouldKeepPlainFiles_WhenObjectIsPut()
    {
        await PutAsync(new DirectoryObjectStore(_directory), "jobs/a/manifest.json", "{}"u8.ToArray());
        Assert.Equal("{}", await File.ReadAllTextAsync(Path.Combine(_directory, "jobs", "a", "manifest.json")));
    }

    [Fact]
    public async Task ShouldLeaveNothingBehind_WhenPutFailsOrEverythingIsDeleted()
    {
        DirectoryObjectStore store = new(_directory);
        await PutAsync(store, "a/b/c", [1]);
        await Assert.ThrowsAsync<PreconditionFailedException>(() =>
            store.PutAsync("a/b/c", default, PutCondition.IfAbsent, CancellationToken.None)
        );
        await Assert.ThrowsAnyAsync<IOException>(() => PutAsync(store, "a/b/c/d", [1]));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_directory, ".tmp")));

        await store.DeleteAsync("a/b/c", CancellationToken.None);
        Assert.False(Directory.Exists(Path.Combine(_directory, "a")));
    }

    [Fact]
    public async Task ShouldWaitAndThenSayWho_WhenAnotherProcessHoldsTheLock()
    {
        DirectoryObjectStore store = new(_directory, new DirectoryObjectStoreOptions { LockTimeout = TimeSpan.FromMilliseconds(20) });
        await PutAsync(store, "a", [1]);
        string lockFile = Assert.Single(Directory.EnumerateFiles(Path.Combine(_directory, ".locks")));
        using (new FileStream(lockFile, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            TimeoutException exception = await Assert.ThrowsAsync<TimeoutException>(() => PutAsync(store, "a", [2]));
            Assert.Contains(lockFile, exception.Message, StringComparison.Ordinal);
        }

        await PutAsync(store, "a", [3]);
    }

    [Fact]
    public async Task ShouldSayWhatIsWrongAtOnce_WhenTheLockFileFailsThoughNobodyHoldsIt()
    {
        DirectoryObjectStore store = new(_directory, new DirectoryObjectStoreOptions { LockTimeout = TimeSpan.FromSeconds(1) });
        await PutAsync(store, "a", [1]);
        string lockFile = Assert.Single(Directory.EnumerateFiles(Path.Combine(_directory, ".locks")));

        // Fails as a full or read-only file system does: with an error of its own.
        File.Delete(lockFile);
        File.CreateSymbolicLink(lockFile, lockFile);
        IOException exception = await Assert.ThrowsAsync<IOException>(() => PutAsync(store, "a", [2]));

        Assert.Contains(lockFile, exception.Message, StringComparison.Ordinal);
        Assert.Contains("No other process holds it", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldFenceZombie_WhenItsClockIsBehind()
    {
        FixedClock clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        string first = await PutAsync(new DirectoryObjectStore(_directory, timeProvider: clock), "a", [1]);
        clock.Now = clock.Now.AddYears(-5);
        DirectoryObjectStore store = new(_directory, timeProvider: clock);
        string second = await PutAsync(store, "a", [2]);
        await Assert.ThrowsAsync<PreconditionFailedException>(() =>
            store.PutAsync("a", default, PutCondition.IfMatch(first), CancellationToken.None)
        );
        await store.PutAsync("a", default, PutCondition.IfMatch(second), CancellationToken.None);
    }

    [Fact]
    public async Task ShouldClearLeftoversOnly_WhenOpened()
    {
        FixedClock clock = new(TimeProvider.System.GetUtcNow().AddMinutes(2));
        _ = new DirectoryObjectStore(_directory);
        string dead = Path.Combine(_directory, ".tmp", "dead");
        string alive = Path.Combine(_directory, ".tmp", "alive");
        await File.WriteAllBytesAsync(dead, [1]);
        using (File.OpenHandle(alive, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete))
        {
            _ = new DirectoryObjectStore(_directory);
            Assert.True(File.Exists(dead), "A young file may be one that is being created.");
            _ = new DirectoryObjectStore(_directory, timeProvider: clock);
            Assert.False(File.Exists(dead));
            Assert.True(File.Exists(alive), "A file held open belongs to a writer that is alive.");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task ShouldHaveOldOrNewObject_WhenWriterIsKilledInMidPut(int seed)
    {
        Random random = new(seed);
        long acknowledged = 0;
        using (Process writer = StartWriter())
        {
            // The writer is always inside a put when a line arrives: it begins the next one at once.
            for (int lines = random.Next(1, 20); lines > 0; lines--)
            {
                string? line = await writer.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
                acknowledged = long.Parse(line!, CultureInfo.InvariantCulture);
            }

            Thread.SpinWait(random.Next(0, 200_000));
            writer.Kill();
            await writer.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }

        DirectoryObjectStore store = new(_directory, timeProvider: new FixedClock(TimeProvider.System.GetUtcNow().AddMinutes(2)));
        StoredObject read = Assert.IsType<StoredObject>(await store.GetAsync(CrashingWriter.ObjectName, CancellationToken.None));
        Assert.InRange(CrashingWriter.VersionOf(read.Content.Span), acknowledged, acknowledged + 30);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_directory, ".tmp")));
        await store.PutAsync(CrashingWriter.ObjectName, default, PutCondition.IfMatch(read.ETag), CancellationToken.None);
    }

    [Fact]
    public async Task ShouldLoseNoWrite_WhenTwoProcessesCompareAndSwap()
    {
        List<long> own = new();
        string output;
        using (Process other = StartWriter())
        {
            Assert.NotNull(await other.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)));
            DirectoryObjectStore store = new(_directory);
            while (own.Count < 3)
            {
                StoredObject current = Assert.IsType<StoredObject>(await store.GetAsync(CrashingWriter.ObjectName, CancellationToken.None));
                long next = CrashingWriter.VersionOf(current.Content.Span) + 1;
                try
                {
                    await store.PutAsync(
                        CrashingWriter.ObjectName,
                        new ReadOnlySequence<byte>(CrashingWriter.Content(next)),
                        PutCondition.IfMatch(current.ETag),
                        CancellationToken.None
                    );
                    own.Add(next);
                }
                catch (PreconditionFailedException)
                {
                    // The other process was first.
                }
            }

            other.Kill();
            output = await other.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }

        long[] others = [.. output.Split('\n')[..^1].Select(line => long.Parse(line, CultureInfo.InvariantCulture))];
        Assert.Empty(own.Intersect(others));
    }

    private static Task<string> PutAsync(DirectoryObjectStore store, string name, byte[] content) =>
        store.PutAsync(name, new ReadOnlySequence<byte>(content), PutCondition.None, CancellationToken.None);

    private Process StartWriter() =>
        Process.Start(
            new ProcessStartInfo("dotnet", [typeof(CrashingWriter).Assembly.Location, CrashingWriter.Command, _directory])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
