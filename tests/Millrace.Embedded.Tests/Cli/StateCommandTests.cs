using System.Globalization;
using System.Text.Json;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Embedded.Cli;
using Millrace.Savepoints;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Embedded.Tests.Cli;

/// <summary>A real job's checkpoints and savepoints, looked into from the command line.</summary>
public sealed class StateCommandTests : IClassFixture<StateCommandTests.Scene>, IDisposable
{
    private readonly Scene _scene;
    private readonly DirectoryInfo _copy = Directory.CreateTempSubdirectory("millrace-state-copy-");

    public StateCommandTests(Scene scene) => _scene = scene;

    [Fact]
    public async Task ShouldListWhatIsThere_AndCreateNothing()
    {
        string[] before = Files(_scene.Directory);
        List<JsonElement> all = await JsonAsync("state", "list", _scene.Directory, "--json");

        Assert.All(all, static each => Assert.True(each.GetProperty("isComplete").GetBoolean()));
        Assert.All(all, static each => Assert.Equal(StatefulJob.Name, each.GetProperty("job").GetString()));
        JsonElement savepoint = Assert.Single(all, static each => each.GetProperty("kind").GetString() == "Savepoint");
        Assert.Equal(_scene.Savepoint, savepoint.GetProperty("location").GetString());
        Assert.Equal(
            _scene.Savepoint,
            Assert.Single(all, static each => each.GetProperty("isNewest").GetBoolean()).GetProperty("location").GetString()
        );
        Assert.Contains(all, static each => each.GetProperty("partsOfEarlierCheckpoints").GetInt32() > 0);
        Assert.Contains(_scene.Incremental, all.Select(static each => each.GetProperty("location").GetString()));

        foreach (string place in (string[])["jobs", $"jobs/{StatefulJob.Name}", $"jobs/{StatefulJob.Name}/savepoints"])
        {
            Assert.Equal(all, await JsonAsync("state", "list", _scene.PathOf(place), "--json"), JsonElement.DeepEquals);
        }

        (int exitCode, string output, _) = await RunAsync("state", "list", _scene.PathOf(_scene.Savepoint));
        Assert.Equal(CliApplication.Success, exitCode);
        Assert.StartsWith(
            $"* {StatefulJob.Name}  savepoint   {_scene.Savepoint}  ",
            Assert.Single(Lines(output)),
            StringComparison.Ordinal
        );
        Assert.Equal(before, Files(_scene.Directory));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ShouldShowOperatorsAndStates(bool isIncremental)
    {
        string location = isIncremental ? _scene.Incremental : _scene.Savepoint;
        long numbers = await NumbersAsync(location);
        long keys = Math.Min(numbers, StatefulJob.Keys);
        JsonElement shown = Assert.Single(await JsonAsync("state", "show", _scene.PathOf(location), "--json"));
        Dictionary<string, JsonElement> operators = shown
            .GetProperty("operators")
            .EnumerateArray()
            .ToDictionary(static each => each.GetProperty("uid").GetString()!, StringComparer.Ordinal);
        Assert.Equal(["numbers", "count", "results", "daily", "days", "sessions", "ends"], operators.Keys);
        Assert.Equal(2, operators["count"].GetProperty("parallelism").GetInt32());
        Assert.Equal("0", Assert.Single(operators["numbers"].GetProperty("splits").EnumerateArray()).GetProperty("split").GetString());
        Dictionary<string, JsonElement> states = operators["count"]
            .GetProperty("states")
            .EnumerateArray()
            .ToDictionary(static each => each.GetProperty("name").GetString()!, StringComparer.Ordinal);

        // Key groups that are written whole are there even without entries, and the job has no such timers.
        states.Remove("user/processing-timers");
        Assert.All(states.Values, state => Assert.Equal(keys, state.GetProperty("entries").GetInt64()));
        Assert.Equal("list<int64>", states["recent"].GetProperty("value").GetString());
        Assert.Equal(
            "Visit { Number: int64, Amount: decimal, At: datetimeoffset, Rating: enum Rating (Poor, Good), Odd: int32?, "
                + "Tags: list<string> }",
            states["last"].GetProperty("value").GetString()
        );
        Assert.Equal(3, states["last"].GetProperty("largestKeyGroups").GetArrayLength());

        (int exitCode, string output, _) = await RunAsync("state", "show", _scene.PathOf(location));
        Assert.Equal(CliApplication.Success, exitCode);
        Assert.Contains("count (stage count, parallelism 2)", output, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"  by rest: map, {keys} entries, "), output, StringComparison.Ordinal);
        Assert.Contains("    int64 -> map<string, int64>", output, StringComparison.Ordinal);
        Assert.Contains("Without state: ends", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ShouldWriteTheValuesOfAKey(bool isIncremental)
    {
        string location = isIncremental ? _scene.Incremental : _scene.Savepoint;
        long numbers = await NumbersAsync(location);
        foreach (long key in (long[])[0, 17, Math.Min(numbers, StatefulJob.Keys) - 1])
        {
            Visit visit = Visit.Of(StatefulJob.LastOf(key, numbers));
            string odd = visit.Odd?.ToString(CultureInfo.InvariantCulture) ?? "null";
            await HasAsync("count", StatefulJob.CountOf(key, numbers).ToString(CultureInfo.InvariantCulture));
            await HasAsync(
                "last",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{{\"Number\":{visit.Number},\"Amount\":{visit.Amount},\"At\":\"{visit.At:yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz}\","
                ) + $"\"Rating\":\"{visit.Rating}\",\"Odd\":{odd},\"Tags\":[\"{visit.Tags[0]}\"]}}"
            );
            await HasAsync("recent", $"[{string.Join(',', StatefulJob.NumbersOf(key, numbers).TakeLast(2))}]");
            await HasAsync("sum", StatefulJob.NumbersOf(key, numbers).Sum().ToString(CultureInfo.InvariantCulture));

            async Task HasAsync(string state, string value)
            {
                (int exitCode, string output, string error) = await QueryAsync("count", state, "--key", Text(key));
                Assert.True(exitCode == CliApplication.Success, error);
                Assert.Equal($"{{\"key\":{key},\"value\":{value}}}", Assert.Single(Lines(output)));
            }
        }

        (_, string city, _) = await QueryAsync("daily", "windows", "--key", "city 3", "--namespace", "0");
        Assert.StartsWith("{\"key\":\"city 3\",\"namespace\":{\"Start\":0},", Assert.Single(Lines(city)), StringComparison.Ordinal);
        (_, string quoted, _) = await QueryAsync("daily", "windows", "--key", "\"city 3\"", "--namespace", "{\"Start\": 0}");
        Assert.Equal(city, quoted);
        (_, string none, string said) = await QueryAsync("daily", "windows", "--key", "city 3", "--namespace", "1");
        Assert.Equal("", none);
        Assert.Contains("has nothing for key city 3", said, StringComparison.Ordinal);

        (_, string some, string more) = await QueryAsync("count", "count", "--limit", "3");
        Assert.Equal(3, Lines(some).Length);
        Assert.Contains("more than 3 entries; --limit", more, StringComparison.Ordinal);
        (_, string all, _) = await QueryAsync("count", "count", "--limit", "100000");
        Assert.Equal(
            Enumerable
                .Range(0, (int)Math.Min(numbers, StatefulJob.Keys))
                .Select(key => $"{{\"key\":{key},\"value\":{StatefulJob.CountOf(key, numbers)}}}")
                .Order(StringComparer.Ordinal),
            Lines(all).Order(StringComparer.Ordinal)
        );

        Task<(int ExitCode, string Output, string Error)> QueryAsync(string uid, string state, params string[] rest) =>
            RunAsync(["state", "query", _scene.PathOf(location), "--uid", uid, "--state", state, .. rest]);
    }

    [Fact]
    public async Task ShouldSayWhatIsWrong_WhenInputCannotBeObeyed()
    {
        string savepoint = _scene.PathOf(_scene.Savepoint);
        await RefusesAsync("There is no directory 'nowhere'; give", "state", "list", "nowhere");
        await RefusesAsync("There are no checkpoints in", "state", "show", AppContext.BaseDirectory);
        await RefusesAsync("No location is given", "state", "list");
        await RefusesAsync("There is no operator 'x'", "state", "query", savepoint, "--uid", "x", "--state", "y");
        await RefusesAsync("--uid is one of 'numbers', 'count',", "state", "query", savepoint, "--uid", "x", "--state", "y");
        await RefusesAsync("Operator 'count' has no state 'y'", "state", "query", savepoint, "--uid", "count", "--state", "y");
        await RefusesAsync("'by rest', 'count', 'last', 'mean'", "state", "query", savepoint, "--uid", "count", "--state", "y");
        await RefusesAsync(
            "the keys of state 'count' are of type int64",
            "state",
            "query",
            savepoint,
            "--uid",
            "count",
            "--state",
            "count",
            "--key",
            "one"
        );
        await RefusesAsync("Operator 'results' has no state 'y'", "state", "query", savepoint, "--uid", "results", "--state", "y");
        await RefusesAsync("--limit is 0, expected 1 to", "state", "query", savepoint, "--uid", "c", "--state", "y", "--limit", "0");
        await RefusesAsync("There is no operator 'x', only 'numbers'", "state", "remove", savepoint, "new", "--uid", "x");
        await RefusesAsync("--uid 'x' names no two uids", "state", "rename", savepoint, "new", "--uid", "x");
        await RefusesAsync("another operator has it", "state", "rename", savepoint, "new", "--uid", "count=daily");
        await RefusesAsync("is no name of an object", "state", "remove", savepoint, "a//b", "--uid", "count");
        await RefusesAsync($"'{_scene.Savepoint}' already", "state", "remove", savepoint, _scene.Savepoint, "--uid", "count");
        await RefusesAsync("Azure storage cannot be used", "state", "list", "--azure-storage", "nonsense");
        await RefusesAsync("--container 'A' is no name", "state", "list", "--azure-storage", "x", "--container", "A");
        Assert.Equal(CliApplication.BadUsage, (await RunAsync("state", "fly")).ExitCode);
    }

    [Fact]
    public async Task ShouldNameTheObject_WhenSomethingIsDamagedOrMissingOrOfALaterVersion()
    {
        string savepoint = CopyOf(_scene.Savepoint);
        string part = Directory.EnumerateFiles(savepoint, "count-1", SearchOption.AllDirectories).Single();
        byte[] whole = await File.ReadAllBytesAsync(part);
        byte[] changed = [.. whole];
        changed[^100] ^= 1;
        await File.WriteAllBytesAsync(part, changed);
        await RefusesAsync("count-1' is damaged: its checksum is", "state", "show", savepoint);
        await File.WriteAllBytesAsync(part, whole[..^1]);
        await RefusesAsync($"count-1' has {whole.Length - 1} bytes instead of {whole.Length}", "state", "show", savepoint);
        File.Delete(part);
        await RefusesAsync(
            "count-1' is missing, though its manifest names it",
            "state",
            "query",
            savepoint,
            "--uid",
            "count",
            "--state",
            "count"
        );
        JsonElement listed = Assert.Single(await JsonAsync("state", "list", savepoint, "--json"));
        Assert.False(listed.GetProperty("isComplete").GetBoolean());
        Assert.StartsWith("incomplete: 1 part(s) missing", listed.GetProperty("fault").GetString(), StringComparison.Ordinal);

        string manifest = Path.Combine(savepoint, "manifest.json");
        string text = await File.ReadAllTextAsync(manifest);
        await File.WriteAllTextAsync(manifest, text.Replace("\"stateful\"", "\"stateless\"", StringComparison.Ordinal));
        await RefusesAsync("manifest.json' (", "state", "show", savepoint);
        (_, string damaged, _) = await RunAsync("state", "list", savepoint);
        Assert.Contains("damaged: ", damaged, StringComparison.Ordinal);

        int checksum = text.IndexOf(",\n  \"checksum\"", StringComparison.Ordinal);
        string later = text[..checksum].Replace("\"formatVersion\": 1", "\"formatVersion\": 9", StringComparison.Ordinal) + "\n}";
        await File.WriteAllTextAsync(manifest, later);
        await RefusesAsync("has format version 9, this Millrace reads up to version 2", "state", "show", savepoint);
        File.Delete(manifest);
        await RefusesAsync("There is no manifest", "state", "show", savepoint);
        (_, string incomplete, _) = await RunAsync("state", "list", savepoint);
        Assert.Contains("incomplete: no manifest", incomplete, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldStartFromIt_WhenASavepointIsWrittenWithAnotherUidAndWithoutAnOperator()
    {
        string savepoint = CopyOf(_scene.Savepoint);
        string[] before = Files(savepoint);
        (int exitCode, string renamed, string error) = await RunAsync("state", "rename", savepoint, "renamed", "--uid", "count=tally");
        Assert.True(exitCode == CliApplication.Success, error);
        Assert.Equal("jobs/stateful/savepoints/renamed", renamed.Trim());
        string whole = Path.Combine(_copy.FullName, renamed.Trim());
        (exitCode, string removed, error) = await RunAsync("state", "remove", whole, "removed", "--uid", "daily", "--uid", "sessions");
        Assert.True(exitCode == CliApplication.Success, error);
        Assert.Equal(before, Files(savepoint));

        DirectoryObjectStore store = new(_copy.FullName);
        SavepointReader reader = await SavepointReader.LoadAsync(store, removed.Trim());
        Assert.Equal(["numbers", "tally"], reader.OperatorUids.Order(StringComparer.Ordinal));
        long numbers = reader.ReadKeyedState<long, long>("tally", StatefulJob.Count).Sum(static each => each.Value);
        CollectSink<long> sink = new();
        await StatefulJob.FinishAsync(store, sink, numbers + 1_000, removed.Trim(), parallelism: 1, "tally");

        Assert.Equal(
            Enumerable
                .Range(0, 1_000)
                .Select(i => numbers + i)
                .Select(static n => StatefulJob.Result(n % StatefulJob.Keys, (n / StatefulJob.Keys) + 1))
                .Order(),
            sink.Records.Order()
        );
    }

    [Fact]
    public async Task ShouldReadASavepoint_WhenItsFolderWasTakenElsewhere()
    {
        string alone = Path.Combine(_copy.FullName, "taken-along");
        Copy(_scene.PathOf(_scene.Savepoint), alone);
        Assert.Equal(
            await JsonAsync("state", "query", _scene.PathOf(_scene.Savepoint), "--uid", "count", "--state", "count"),
            await JsonAsync("state", "query", alone, "--uid", "count", "--state", "count"),
            JsonElement.DeepEquals
        );
        Assert.Equal(["taken-along"], Directory.EnumerateFileSystemEntries(_copy.FullName).Select(Path.GetFileName));
    }

    public void Dispose() => _copy.Delete(recursive: true);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string[] Files(string directory) =>
        [.. Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static async Task<List<JsonElement>> JsonAsync(params string[] arguments)
    {
        (int exitCode, string output, string error) = await RunAsync(arguments);
        Assert.True(exitCode == CliApplication.Success, error);
        return [.. Lines(output).Select(static line => JsonDocument.Parse(line).RootElement)];
    }

    private static async Task RefusesAsync(string message, params string[] arguments)
    {
        (int exitCode, string output, string error) = await RunAsync(arguments);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.Equal((CliApplication.BadUsage, ""), (exitCode, output));
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        await using StringWriter output = new() { NewLine = "\n" };
        await using StringWriter error = new() { NewLine = "\n" };
        int exitCode = await CliApplication.RunAsync(arguments, new CliConsole(output, error, IsTerminal: false), Deadline.Token());
        return (exitCode, output.ToString(), error.ToString());
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private async Task<long> NumbersAsync(string location)
    {
        SavepointReader reader = await SavepointReader.LoadAsync(new DirectoryObjectStore(_scene.Directory), location);
        return reader.ReadKeyedState<long, long>("count", StatefulJob.Count).Sum(static each => each.Value);
    }

    private string CopyOf(string location)
    {
        string target = Path.Combine(_copy.FullName, location);
        Copy(_scene.PathOf(location), target);
        return target;
    }

    /// <summary>A store in which a job has left incremental checkpoints, and then a savepoint.</summary>
    public sealed class Scene : IAsyncLifetime
    {
        private readonly DirectoryInfo _directory = System.IO.Directory.CreateTempSubdirectory("millrace-state-");

        public string Directory => _directory.FullName;

        public string Savepoint { get; private set; } = "";

        public string Incremental { get; private set; } = "";

        public string PathOf(string location) => Path.Combine(Directory, location);

        public async Task InitializeAsync()
        {
            DirectoryObjectStore store = new(Directory, new DirectoryObjectStoreOptions { Fsync = false });
            Incremental = await StatefulJob.RunToIncrementalCheckpointAsync(store);
            Savepoint = await StatefulJob.StopWithSavepointAsync(store, new DiscardingSink<long>(), name: "stopped");
        }

        public Task DisposeAsync()
        {
            _directory.Delete(recursive: true);
            return Task.CompletedTask;
        }
    }
}
