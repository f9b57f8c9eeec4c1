using System.Text.Json;
using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;
using Xunit;
using Xunit.Abstractions;

namespace Millrace.Tests.Durable;

/// <summary>What a batch of a task costs, and from where it goes on: what its process kept, or the parts of its state.</summary>
public sealed class TaskPartsTests(ITestOutputHelper output)
{
    private static readonly DurableHostOptions Small = new() { MaxStateBytes = 2048 };

    /// <summary>Merging of parts and bases that are written again included.</summary>
    [Theory]
    [InlineData(1_000)]
    [InlineData(100_000)]
    [InlineData(1_000_000)]
    public async Task ShouldCostWhatChanges_HoweverManyKeysThereAre(int keys)
    {
        const int touched = 1_000;
        const int batches = 400;
        await using EntityScene scene = new();
        AppJobs process = scene.Start();
        for (int key = 0; key < keys; key += touched)
        {
            await scene.RunAsync(process, [.. Enumerable.Range(key, touched).Select(Page)]);
        }

        Random random = new(keys);
        scene.Store.Reset();
        (long json, long most, int parts) = (scene.JsonWritten, 0, 0);
        for (int batch = 0; batch < batches; batch++)
        {
            (long put, long before) = (scene.Store.BytesPut, scene.JsonWritten);
            int from = random.Next(keys);
            int step = keys / touched;
            await scene.RunAsync(process, [.. Enumerable.Range(0, touched).Select(n => Page((from + (n * step)) % keys))]);
            most = Math.Max(most, scene.Store.BytesPut - put + scene.JsonWritten - before);
            parts = Math.Max(parts, scene.State!.Parts?.Count ?? 0);
        }

        // An entry is a key of eight characters with its length, and a number.
        long changed = batches * touched * 10L;
        long written = scene.Store.BytesPut + scene.JsonWritten - json;
        int operations = scene.Store.Puts + scene.Store.Gets + scene.Store.Deletes;
        output.WriteLine(
            $"{keys} keys: {written / batches} bytes per batch, {(double)written / changed:F1} times what has changed, {most} at most; "
                + $"{scene.Store.Puts} puts, {scene.Store.Gets} gets, {scene.Store.Deletes} deletes in {batches} batches, {parts} parts at "
                + "most."
        );
        Assert.Equal(1, scene.Opens.Opened);
        Assert.InRange(written, changed, changed * 10);
        Assert.InRange(operations, 0, batches * 4);
        Assert.InRange(parts, 0, 60);
        Assert.Equal(scene.State!.Blobs.Concat(scene.State.Garbage).Order(), (await scene.Store.StatesAsync()).Order());

        // What is read by another process is about what there is.
        scene.Store.Reset();
        AppJobs other = scene.Start();
        Assert.Equal(
            [.. new[] { 0, keys / 2, keys - 1 }.Select(n => Page(n).Page)],
            Pages(await scene.AskAsync(other, Page(0).Page, Page(keys / 2).Page, Page(keys - 1).Page))
        );
        long stored = scene.State!.Parts?.Sum(part => part.Size) ?? 0;
        Assert.InRange(stored, 0, keys * 10L * 3);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ShouldForgetAndDoubleNothing_WhereverBatchesRun(bool knowsBatchSizes)
    {
        await using EntityScene scene = new(Small, knowsBatchSizes);
        AppJobs[] processes = [scene.Start(), scene.Start()];
        Dictionary<string, long> expected = [];
        Random random = new(11);
        AppJobs process = processes[0];
        int parts = 0;
        for (int batch = 0; batch < 300; batch++)
        {
            process = random.Next(4) == 0 ? processes[random.Next(2)] : process;
            Click[] clicks = [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => RandomClick(random))];
            string? before = scene.Json;
            await scene.RunAsync(process, clicks);
            if (random.Next(6) == 0)
            {
                // The batch is given up: its messages come again.
                string saved = scene.Json!;
                scene.Json = before;
                await scene.RedoAsync(processes[random.Next(2)]);
                Assert.NotEqual(saved, scene.Json);
            }

            foreach (Click click in clicks)
            {
                Count(expected, click);
            }

            parts = Math.Max(parts, scene.State!.Parts?.Count ?? 0);
        }

        string[] pages = [.. Enumerable.Range(0, 400).Select(n => Page(n).Page)];
        IReadOnlyList<string> answers = await scene.AskAsync(scene.Start(), pages);
        Assert.Equal(pages.Select(page => $"{page}={expected.GetValueOrDefault(page)}"), answers);
        Assert.InRange(parts, 4, 60);

        // What was given up is found when it is old.
        Assert.Empty(scene.State!.Blobs.Concat(scene.State.Garbage).Except(await scene.Store.StatesAsync()));
    }

    [Fact]
    public async Task ShouldNotUseWhatItKept_WhenAnotherProcessHasSavedSince()
    {
        await using EntityScene scene = new();
        (AppJobs first, AppJobs second) = (scene.Start(), scene.Start());
        await scene.RunAsync(first, Page(1));
        await scene.RunAsync(first, Page(1));
        Assert.Equal(1, scene.Opens.Opened);

        await scene.RunAsync(second, Page(1));
        Assert.Equal(2, scene.Opens.Opened);

        Assert.Equal(["page0001=3"], await scene.AskAsync(first, "page0001"));
        Assert.Equal((3, 1), (scene.Opens.Opened, scene.Opens.Closed));
    }

    [Fact]
    public async Task ShouldNotUseWhatItKept_WhenItsBatchWasGivenUp()
    {
        await using EntityScene scene = new();
        AppJobs process = scene.Start();
        await scene.RunAsync(process, Page(1));
        string saved = scene.Json!;
        await scene.RunAsync(process, Page(1));
        scene.Json = saved;
        await scene.RedoAsync(process);

        Assert.Equal(["page0001=2"], await scene.AskAsync(process, "page0001"));
        Assert.Equal((2, 1), (scene.Opens.Opened, scene.Opens.Closed));
    }

    [Fact]
    public async Task ShouldGoBackToTheStateBefore_WhenAnOperationOfAKeptTaskFails()
    {
        await using EntityScene scene = new(Small);
        AppJobs process = scene.Start();
        await scene.RunAsync(process, [.. Enumerable.Range(0, 300).Select(Page)]);
        await scene.RunAsync(process, [.. Enumerable.Range(0, 3).Select(Page)]);
        Assert.NotEmpty(scene.State!.Parts!);

        // The envelope with both is parked; what follows it waits.
        await scene.RunAsync(process, Page(5), Page(6) with { Time = EntityScene.Fail });

        Assert.Equal(2, scene.Opens.Opened);
        Assert.Equal(1, scene.Opens.Closed);
        AppJobs other = scene.Start();
        await scene.RunAsync(other, Page(7));
        TaskState state = scene.State!;
        Assert.Equal(state.Blobs.Concat(state.Garbage).Order(), (await scene.Store.StatesAsync()).Order());
    }

    [Fact]
    public async Task ShouldBeWhole_WhenItIsSmall()
    {
        await using EntityScene scene = new();
        AppJobs process = scene.Start();
        for (int batch = 0; batch < 20; batch++)
        {
            await scene.RunAsync(process, [.. Enumerable.Range(0, 500).Select(Page)]);
            Assert.Null(scene.State!.Parts);
            Assert.NotNull(scene.State.Bytes);
        }

        Assert.Empty(await scene.Store.StatesAsync());
    }

    [Fact]
    public async Task ShouldBeWholeAgain_WhenItHasBecomeSmall()
    {
        await using EntityScene scene = new();
        AppJobs process = scene.Start();
        await scene.RunAsync(process, [.. Enumerable.Range(0, 20_000).Select(Page)]);
        Assert.NotNull(scene.State!.Parts);
        for (int batch = 0; batch < 20; batch++)
        {
            await scene.RunAsync(
                process,
                [.. Enumerable.Range(batch * 1_000, 1_000).Select(n => Page(n) with { Time = EntityScene.Forget })]
            );
        }

        int batches = 0;
        for (; scene.State!.Parts is not null && batches < 100; batches++)
        {
            await scene.RunAsync(process, [.. Enumerable.Range(0, 50).Select(Page)]);
        }

        Assert.InRange(batches, 1, 99);
        await scene.RunAsync(process, Page(1));
        Assert.Empty(await scene.Store.StatesAsync());
        Assert.Equal([$"page0001={batches + 1}", "page9999=0"], await scene.AskAsync(scene.Start(), "page0001", "page9999"));
    }

    [Fact]
    public async Task ShouldGoOn_WhenTheStateWasSavedByAnEarlierVersion()
    {
        await using EntityScene scene = new(Small);
        AppJobs process = scene.Start();
        await scene.RunAsync(process, [.. Enumerable.Range(0, 20).Select(Page)]);

        // As it was: no stamp, and everything in its bytes.
        TaskState saved = scene.State!;
        Assert.Null(saved.Parts);
        scene.Json = JsonSerializer.Serialize(
            new
            {
                saved.Bytes,
                saved.Blob,
                saved.Garbage,
            }
        );
        await scene.RunAsync(process, [.. Enumerable.Range(0, 300).Select(Page)]);
        Assert.NotNull(scene.State!.Parts);

        Assert.Equal(["page0001=2", "page0299=1"], await scene.AskAsync(process, "page0001", "page0299"));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1_000_000, 1)]
    public async Task ShouldKeepNothing_WhenItMayNot(long bytes, int kept)
    {
        await using EntityScene scene = new(new DurableHostOptions { MaxWarmStateBytes = bytes });
        AppJobs process = scene.Start();
        await scene.RunAsync(process, Page(1));
        await scene.RunAsync(process, Page(1));

        Assert.Equal(kept, process.Warm.Count);
        Assert.Equal(2 - kept, scene.Opens.Opened);
        await process.DisposeAsync();
        Assert.Equal(scene.Opens.Opened, scene.Opens.Closed);
    }

    private static Click Page(int number) => new($"page{number:d4}", number % 1000);

    private static IEnumerable<string> Pages(IReadOnlyList<string> answers) =>
        answers
            .Where(answer => !answer.EndsWith("=0", StringComparison.Ordinal))
            .Select(answer => answer[..answer.IndexOf('=', StringComparison.Ordinal)]);

    // Few pages get most clicks.
    private static Click RandomClick(Random random)
    {
        Click click = Page(random.Next(3) == 0 ? random.Next(400) : random.Next(10));
        return random.Next(8) == 0 ? click with { Time = EntityScene.Forget } : click;
    }

    private static void Count(Dictionary<string, long> counts, Click click) =>
        counts[click.Page] = click.Time == EntityScene.Forget ? 0 : counts.GetValueOrDefault(click.Page) + 1;
}
