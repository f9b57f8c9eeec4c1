using System.Globalization;
using System.Text;
using Millrace.Api;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Serialization;
using Millrace.Time;
using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Testing.Simulation;

/// <summary>
/// The simulator's own job: counts and sums per key and window (raw or pre-aggregated at the source), then totals per window over all keys,
/// with a sink behind each stage and one directly behind the source.
/// </summary>
/// <param name="shape">What it looks like.</param>
/// <param name="onRecord">Called for each record that a window takes; may throw.</param>
/// <param name="isReversed">Whether its source lists its topics in the other order.</param>
internal sealed class WindowedSumJob(SimulationShape shape, Action onRecord, bool isReversed) : IStreamJob
{
    public const long WindowSize = 100;
    public const long MaxOutOfOrderness = 40;

    /// <summary>Far behind all windows, so that they close; its own stays open.</summary>
    public const long FinalTimestamp = 1_000_000_000;

    public string Name => "simulated";

    public void Build(StreamExecutionEnvironment env)
    {
        ArgumentNullException.ThrowIfNull(env);
        env.SetParallelism(shape.FirstParallelism);
        WatermarkStrategy<Item> watermarks = WatermarkStrategy<Item>
            .ForBoundedOutOfOrderness(TimeSpan.FromMilliseconds(MaxOutOfOrderness))
            .WithIdleness(TimeSpan.FromSeconds(3));
        SingleOutputStreamOperator<Item> items = env.FromSource(new Source(shape.Topics, isReversed), watermarks).WithUid("source");
        items.Filter(static item => item.Value % 3 == 0).SinkTo(Sink<Item>(static item => item.Audit)).WithUid("audit");
        WindowedStream<int, Item, TimeWindow> windows = items
            .Filter(item => IsKept(item, shape))
            .FlatMap<Item>(static (item, output) => Copies(item, output))
            .WithUid("copies")
            .KeyBy(static item => item.Key)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(WindowSize)));
        Sum<Item> sum = new(item => (1, item.Value), onRecord);
        SingleOutputStreamOperator<Cell> sums = shape.HasParts
            ? windows.Aggregate(sum, new ToCell()).WithUid("sum")
            : (shape.SendsAggregates ? windows.PreAggregate() : windows)
                .Aggregate(sum, static (key, window, sum) => new Cell(window.Start / WindowSize, key, sum.Count, sum.Total))
                .WithUid("sum");
        sums.SinkTo(Sink<Cell>(static cell => cell.Text)).WithUid("by-key");
        sums.KeyBy(static cell => cell.Window)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(WindowSize)))
            .Aggregate(
                new Sum<Cell>(static cell => (cell.Count, cell.Sum), static () => { }),
                static (window, _, sum) => new Cell(window, 0, sum.Count, sum.Total)
            )
            .WithUid("total")
            .SetParallelism(shape.SecondParallelism)
            .SinkTo(Sink<Cell>(static cell => cell.Text))
            .WithUid("totals")
            .SetParallelism(shape.SecondParallelism);
    }

    /// <summary>The name of a topic, by its number.</summary>
    public static string TopicOf(int topic) => topic == 0 ? "in" : string.Create(CultureInfo.InvariantCulture, $"in{topic + 1}");

    /// <summary>What the sinks must get for an input, computed without a stream.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Expected(IEnumerable<RawRecord> input, SimulationShape shape)
    {
        Item[] items = [.. input.Select(ItemOf)];
        Cell[] cells =
        [
            .. items
                .Where(item => (shape.IsDrained || item.Timestamp < FinalTimestamp) && IsKept(item, shape))
                .SelectMany(static item => item.Value % 7 == 0 ? new[] { item, item with { Key = item.Key + 1 } } : [item])
                .GroupBy(static item => (Window: item.Timestamp / WindowSize, item.Key))
                .Select(static group => new Cell(group.Key.Window, group.Key.Key, group.Count(), group.Sum(static item => item.Value))),
        ];
        return new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
        {
            ["audit"] = [.. items.Where(static item => item.Value % 3 == 0).Select(static item => item.Audit)],
            ["by-key"] = [.. cells.Select(static cell => cell.Text)],
            ["totals"] =
            [
                .. cells
                    .GroupBy(static cell => cell.Window)
                    .Select(static window =>
                        new Cell(window.Key, 0, window.Sum(static cell => cell.Count), window.Sum(static cell => cell.Sum)).Text
                    ),
            ],
        };
    }

    /// <summary>A record of the input.</summary>
    /// <param name="topics">The number of topics.</param>
    /// <param name="partition">Its partition, among all.</param>
    /// <param name="number">A number that no other record has.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="timestamp">The event's time.</param>
    /// <param name="padding">Bytes to make it large.</param>
    public static RawRecord RecordOf(int topics, int partition, int number, int key, long value, long timestamp, int padding)
    {
        DataWriter bytes = new();
        bytes.WriteVarInt64(number);
        bytes.WriteVarInt64(key);
        bytes.WriteVarInt64(value);
        bytes.WriteBytes(new byte[padding]);
        string topic = TopicOf(partition % topics);
        return new RawRecord(topic, partition / topics, 0, timestamp, Key: null, bytes.WrittenMemory, []);
    }

    private static Item ItemOf(RawRecord record)
    {
        DataReader reader = new(record.Value!.Value.Span, "Input");
        (long number, long key, long value) = (reader.ReadVarInt64(), reader.ReadVarInt64(), reader.ReadVarInt64());
        return new Item((int)number, (int)key, value, record.Timestamp, reader.ReadBytes().ToArray());
    }

    private static bool IsKept(Item item, SimulationShape shape) => !shape.Filters || item.Value % 10 == 0;

    // Every seventh value goes to two keys: two outputs of one position, on one channel or two.
    private static void Copies(Item item, Collector<Item> output)
    {
        output.Collect(item);
        if (item.Value % 7 == 0)
        {
            output.Collect(item with { Key = item.Key + 1 });
        }
    }

    private TextSink<T> Sink<T>(Func<T, string> text) =>
        new(text, shape.Sink == SimulatedSink.ExactlyOnce ? DurableSinkGuarantee.ExactlyOnce : DurableSinkGuarantee.AtLeastOnce);

    /// <summary>A record.</summary>
    public sealed record Item(int Number, int Key, long Value, long Timestamp, byte[] Padding)
    {
        internal string Audit => string.Create(CultureInfo.InvariantCulture, $"r{Number} v{Value}");
    }

    /// <summary>What a window has of a key, or of all.</summary>
    public sealed record Cell(long Window, int Key, long Count, long Sum)
    {
        internal string Text => string.Create(CultureInfo.InvariantCulture, $"w{Window} k{Key} n{Count} s{Sum}");
    }

    private sealed class Sum<T>(Func<T, (long Count, long Total)> valueOf, Action onRecord)
        : IAggregateFunction<T, (long Count, long Total), (long Count, long Total)>
    {
        public (long Count, long Total) CreateAccumulator() => default;

        public (long Count, long Total) Add(T value, (long Count, long Total) accumulator)
        {
            onRecord();
            (long count, long total) = valueOf(value);
            return (accumulator.Count + count, accumulator.Total + total);
        }

        public (long Count, long Total) GetResult((long Count, long Total) accumulator) => accumulator;

        public (long Count, long Total) Merge((long Count, long Total) left, (long Count, long Total) right) =>
            (left.Count + right.Count, left.Total + right.Total);
    }

    // A function of its own: then the windows' state and timers are such as are kept per key.
    private sealed class ToCell : ProcessWindowFunction<(long Count, long Total), Cell, int, TimeWindow>
    {
        public override void Process(
            int key,
            IProcessWindowContext<TimeWindow> context,
            IReadOnlyList<(long Count, long Total)> elements,
            Collector<Cell> output
        )
        {
            foreach ((long count, long total) in elements)
            {
                output.Collect(new Cell(context.Window.Start / WindowSize, key, count, total));
            }
        }
    }

    private sealed class Source(int topics, bool isReversed) : IRawRecordSource<Item>
    {
        // Of a connector with triggers.
        public IReadOnlyList<Topic> Topics =>
            [.. Enumerable.Range(0, topics).Select(topic => new Topic("kafka", TopicOf(isReversed ? topics - 1 - topic : topic)))];

        public void Validate(ICollection<string> errors)
        {
            // There is nothing to get wrong.
        }

        public IRawTopicReader CreateTopicReader(ConnectorContext context) =>
            throw new NotSupportedException("The simulation has readers of its own.");

        public IRawRecordReader<Item> CreateRawReader(ConnectorContext context) => new Reader();
    }

    private sealed class Reader : IRawRecordReader<Item>
    {
        public void Read(RawRecord record, RecordBatch<Item> output) => output.Add(ItemOf(record), record.Timestamp);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class TextSink<T>(Func<T, string> text, DurableSinkGuarantee guarantee) : IDurableSink<T>
    {
        public DurableSinkGuarantee Guarantee => guarantee;

        public IReadOnlyList<Topic> Topics => [new Topic("kafka", "out")];

        public void Validate(ICollection<string> errors)
        {
            // There is nothing to get wrong.
        }

        public void Encode(T value, long timestamp, DataWriter output) => output.WriteRaw(Encoding.ASCII.GetBytes(text(value)));

        public IDurableSinkSender CreateSender(ConnectorContext context) =>
            throw new NotSupportedException("The simulation has senders of its own.");
    }
}
