using System.Text.Json;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Patterns;
using Millrace.Runtime;
using Millrace.Savepoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Tests.Shared;
using Millrace.Time;
using Millrace.UserFunctions;
using Xunit;

namespace Millrace.Tests.Savepoints;

/// <summary>State of real jobs, read without their types.</summary>
public sealed class OperatorContentsTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly InMemoryObjectStore _store = new();

    [Fact]
    public async Task ShouldShowTimersAndWindows_WhenTheyAreKeptByKey()
    {
        string path = await StatefulJob.StopWithSavepointAsync(_store, new DiscardingSink<long>());
        SavepointReader reader = await SavepointReader.LoadAsync(_store, path);
        long numbers = reader.ReadKeyedState<long, long>("count", StatefulJob.Count).Sum(static each => each.Value);
        int keys = (int)Math.Min(numbers, StatefulJob.Keys);
        IReadOnlyList<OperatorContents> all = OperatorContents.AllOf(reader.Checkpoint);
        Assert.Equal(["numbers", "count", "results", "daily", "days", "sessions", "ends"], all.Select(static each => each.Uid));

        StateContents timers = Find(all, "count", "user/event-timers");
        Assert.Equal(("event-time timers", "int64", keys), (timers.Kind, timers.Keys?.Kind, timers.Count()));
        Assert.Equal(
            Enumerable.Range(0, keys).Select(static key => $"{{\"key\":{key},\"timestamp\":{StatefulJob.TimerAt}}}"),
            Lines(timers).OrderBy(static line => line.Length).ThenBy(static line => line, StringComparer.Ordinal)
        );

        StateContents daily = Find(all, "daily", "windows");
        Assert.Equal((long?)StatefulJob.Cities, daily.Count());
        Assert.Equal(
            Cities(numbers)
                .Select(static city =>
                    $"{{\"key\":\"{city.Name}\",\"namespace\":{{\"Start\":0}},\"fired\":false,\"value\":{TallyOf(city)}}}"
                ),
            Lines(daily).Order(StringComparer.Ordinal)
        );

        StateContents sessions = Find(all, "sessions", "window-contents");
        Assert.Equal("TimeWindow { Start: int64, End: int64 }", SchemaJson.WordsOf(sessions.Namespaces!));
        Assert.Equal(
            Cities(numbers).Select(static city => $"\"{city.Name}\" {TallyOf(city)}"),
            sessions
                .Read()
                .Select(static entry => $"{SchemaJson.ToText(entry.Key!)} {SchemaJson.ToText(entry.Members[0].Write)}")
                .Order(StringComparer.Ordinal)
        );
        Assert.Equal("list", Find(all, "sessions", "merging-window-set").Kind);
        Assert.Equal("value with time to live", Find(all, "count", "seen").Kind);
        Assert.Equal("map", Find(all, "count", "by rest").Kind);
        Assert.InRange(Assert.Single(all[1].Watermarks).Value, 0, numbers);
    }

    [Fact]
    public async Task ShouldShowWhatCanBeRead_WhenStateIsOfPatternsBroadcastsAndOwnSerializers()
    {
        string path = await RunMixedJobAsync();
        IReadOnlyList<OperatorContents> all = OperatorContents.AllOf((await SavepointReader.LoadAsync(_store, path)).Checkpoint);

        StateContents patterns = Find(all, "pattern", "patterns");
        Assert.Equal(("partial matches", "int64", 2L), (patterns.Kind, patterns.Values?.Kind, patterns.Count()));
        using JsonDocument even = JsonDocument.Parse(
            Assert.Single(Lines(patterns), static line => line.StartsWith("{\"key\":0,", StringComparison.Ordinal))
        );
        Assert.Equal(
            ["0", "2"],
            even.RootElement.GetProperty("partial").EnumerateArray().Select(static match => match[0].GetProperty("value").ToString())
        );

        StateContents rules = Find(all, "rules", "rules");
        Assert.Equal(("broadcast map", 3L), (rules.Kind, rules.Count()));
        Assert.Equal(
            ["{\"key\":0,\"value\":\"rule 0\"}", "{\"key\":1,\"value\":\"rule 1\"}", "{\"key\":2,\"value\":\"rule 2\"}"],
            Lines(rules).Order(StringComparer.Ordinal)
        );

        // Where a value ends only its serializer knows, so of several in a key group the first key is all that can be read.
        StateContents secrets = Find(all, "rules", "secret");
        Assert.Equal((long?)8, secrets.Count());
        using JsonDocument first = JsonDocument.Parse(Lines(secrets)[0]);
        Assert.InRange(first.RootElement.GetProperty("entriesInOne").GetInt32(), 2, 8);
        Assert.Equal("secret (by a serializer of its own)", first.RootElement.GetProperty("value").GetProperty("schema").GetString());
        Assert.StartsWith("abcd", first.RootElement.GetProperty("value").GetProperty("hex").GetString(), StringComparison.Ordinal);

        StateContents one = Find(all, "rules", "one secret");
        Assert.Equal(
            "{\"key\":0,\"value\":{\"schema\":\"secret (by a serializer of its own)\",\"hex\":\"abcd00\"}}",
            Assert.Single(Lines(one))
        );
    }

    private static StateContents Find(IReadOnlyList<OperatorContents> all, string uid, string name) =>
        all.Single(each => each.Uid == uid).States.Single(state => state.Name == name);

    private static string TallyOf((string Name, long Count, long Total) city) => $"{{\"Count\":{city.Count},\"Total\":{city.Total}}}";

    private static List<string> Lines(StateContents state) => [.. state.Read().Select(static entry => SchemaJson.ToText(entry.WriteJson))];

    private static IEnumerable<(string Name, long Count, long Total)> Cities(long numbers) =>
        Enumerable
            .Range(0, (int)numbers)
            .GroupBy(static n => StatefulJob.CityOf(n), static n => (long)n, StringComparer.Ordinal)
            .Select(static city => (city.Key, (long)city.Count(), city.Sum()))
            .OrderBy(static city => city.Key, StringComparer.Ordinal);

    private async Task<string> RunMixedJobAsync()
    {
        CollectSink<long> matched = new();
        CollectSink<long> ruled = new();
        StreamExecutionEnvironment env = new(
            new ExecutionOptions { MaxParallelism = 2, AutoWatermarkInterval = TimeSpan.FromMilliseconds(1) }
        )
        {
            CheckpointStore = _store,
        };
        DataStream<long> numbers = env.FromSource(
                new GeneratorSource<long>(long.MaxValue, static n => n) { RecordsPerSecond = 2_000 },
                WatermarkStrategy<long>.ForMonotonousTimestamps().WithTimestampAssigner(static n => n),
                "numbers"
            )
            .WithUid("numbers");
        DataStream<long> rules = env.FromSource(
                new GeneratorSource<long>(long.MaxValue, static n => n % 3) { RecordsPerSecond = 2_000 },
                WatermarkStrategy<long>.NoWatermarks(),
                "changes"
            )
            .WithUid("changes");
        CEP.Pattern(
                numbers.KeyBy(static n => n % 2),
                Pattern.Begin<long>("first").Where(static n => n < 4).FollowedBy("never").Where(static n => n < 0)
            )
            .Select(static match => match["first"][0])
            .WithUid("pattern")
            .SinkTo(new DiscardingSink<long>())
            .WithUid("matches");
        numbers
            .KeyBy(static n => n % 8)
            .Connect(rules.Broadcast(Ruling.Rules))
            .Process(static () => new Ruling())
            .WithUid("rules")
            .SinkTo(ruled)
            .WithUid("ruled");
        await using JobClient client = env.ExecuteDetached("mixed");
        using CancellationTokenSource deadline = new(Deadline);
        while (ruled.Records is not [.., >= 100])
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
        }

        return await client.StopWithSavepointAsync().WaitAsync(Deadline);
    }

    private sealed record Secret(int Number);

    private sealed class Ruling : KeyedBroadcastProcessFunction<long, long, long, long>
    {
        private readonly ValueStateDescriptor<Secret> _secretOf = new("secret", serializer: new SecretSerializer());
        private readonly ValueStateDescriptor<Secret> _oneOf = new("one secret", serializer: new SecretSerializer());
        private IValueState<Secret> _secret = null!;
        private IValueState<Secret> _one = null!;

        public static MapStateDescriptor<long, string> Rules { get; } = new("rules");

        public override void ProcessElement(long value, IKeyedReadOnlyBroadcastContext<long> context, Collector<long> output)
        {
            _secret.Update(new Secret((int)value));
            if (value == 0)
            {
                _one.Update(new Secret(0));
            }

            if (context.GetBroadcastState(Rules).Entries.Count == 3)
            {
                output.Collect(value);
            }
        }

        public override void ProcessBroadcastElement(long value, IBroadcastContext context, Collector<long> output) =>
            context.GetBroadcastState(Rules).Put(value, $"rule {value}");

        protected override void Open()
        {
            _secret = RuntimeContext.GetState(_secretOf);
            _one = RuntimeContext.GetState(_oneOf);
        }
    }

    private sealed class SecretSerializer : TypeSerializer<Secret>
    {
        public override TypeSchema Schema { get; } = new("secret", "secret", []);

        public override void Serialize(Secret value, DataWriter writer)
        {
            writer.WriteRaw([0xAB, 0xCD]);
            writer.WriteVarInt64(value.Number);
        }

        public override Secret Deserialize(ref DataReader reader)
        {
            reader.ReadRaw(2);
            return new Secret((int)reader.ReadVarInt64());
        }

        public override TypeSerializer<Secret> ForWritten(TypeSchema written) => this;
    }
}
