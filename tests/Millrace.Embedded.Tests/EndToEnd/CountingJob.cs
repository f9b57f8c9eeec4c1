using System.Globalization;
using Millrace.Api;
using Millrace.Kafka;
using Millrace.State;
using Millrace.Time;
using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Embedded.Tests.EndToEnd;

/// <summary>
/// Number n is an event of key n mod 100 at n ms; counts and sums per key and second. It can be slowed down, so that a test can kill it in
/// its middle. Run by the host as a job assembly, in a process of its own, and by tests in theirs.
/// </summary>
public sealed class CountingJob : IStreamJob
{
    private const int Keys = 100;
    private const int Visitors = 100_000;
    private const int Pace = 200;

    public string Name => "counting";

    public void Build(StreamExecutionEnvironment env)
    {
        ArgumentNullException.ThrowIfNull(env);
        Dictionary<string, string> kafka = new(StringComparer.Ordinal)
        {
            ["bootstrap.servers"] = env.Configuration["Kafka:bootstrap.servers"]!,
        };
        KafkaSource<long> source = KafkaSource
            .Builder<long>()
            .SetProperties(kafka)
            .SetTopics(env.Configuration["input"] ?? "input")
            .SetGroupId("counting")
            .SetBounded(OffsetsInitializer.Latest())
            .SetDeserializer(new NumberSchema())
            .Build();
        KafkaSink<string> sink = KafkaSink
            .Builder<string>()
            .SetProperties(kafka)
            .SetTopic(env.Configuration["output"] ?? "output")
            .SetValueSerializer(SimpleStringSchema.Instance)
            .SetDeliveryGuarantee(Enum.Parse<DeliveryGuarantee>(env.Configuration["guarantee"] ?? nameof(DeliveryGuarantee.ExactlyOnce)))
            .SetIgnoreLostTransactions(env.Configuration["ignore-lost"] == "true")
            .Build();
        int slow = int.Parse(env.Configuration["slow-ms"] ?? "0", CultureInfo.InvariantCulture);
        DataStream<long> numbers =
            slow > 0
                ? env.FromSource(source, Watermarks).WithUid("source").Map(number => Slow(number, slow)).WithUid("slow")
                : env.FromSource(source, Watermarks).WithUid("source");
        (env.Configuration["what"] == "visits" ? Visits(numbers) : Windows(numbers)).SinkTo(sink).WithUid("sink");
    }

    /// <summary>Each number is a visit of one of many visitors, of whom some hundred bytes are kept.</summary>
    public static SingleOutputStreamOperator<string> Visits(DataStream<long> numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        return numbers.KeyBy(static number => number % Visitors).Process(new Visit()).WithUid("visits");
    }

    public static IEnumerable<string> ExpectedVisits(int count) =>
        Enumerable.Range(0, count).Select(n => VisitOf(n % Visitors, (n / Visitors) + 1));

    public static WatermarkStrategy<long> Watermarks { get; } =
        WatermarkStrategy<long>.ForBoundedOutOfOrderness(TimeSpan.FromMilliseconds(10)).WithTimestampAssigner(static number => number);

    public static SingleOutputStreamOperator<string> Windows(DataStream<long> numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        return numbers
            .KeyBy(static number => number % Keys)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)))
            .Aggregate(new Sum(), static (key, window, sum) => Line(key, window.Start, sum.Count, sum.Total))
            .WithUid("windows");
    }

    /// <summary>The same computed plainly.</summary>
    public static IEnumerable<string> Expected(int count) =>
        from number in Enumerable.Range(0, count).Select(n => (long)n)
        group number by (Key: number % Keys, Start: number / 1000 * 1000) into window
        select Line(window.Key.Key, window.Key.Start, window.Count(), window.Sum());

    private static string VisitOf(long visitor, long visit) => string.Create(CultureInfo.InvariantCulture, $"{visitor} {visit}");

    private static string Line(long key, long start, long count, long total) =>
        string.Create(CultureInfo.InvariantCulture, $"{start} {key} {count} {total}");

    private static long Slow(long number, int milliseconds)
    {
        // A pace, not a wait for something: the test needs a job that is still running when it kills it.
        if (number % Pace == 0)
        {
            Thread.Sleep(milliseconds);
        }

        return number;
    }

    private sealed class NumberSchema : IDeserializationSchema<long>
    {
        public long Deserialize(ReadOnlySpan<byte> value) => long.Parse(value, CultureInfo.InvariantCulture);
    }

    public sealed record Visitor(long Visits, string About);

    private sealed class Visit : KeyedProcessFunction<long, long, string>
    {
        private IValueState<Visitor> _visitor = null!;

        public override void ProcessElement(long value, IKeyedProcessContext<long> context, Collector<string> output)
        {
            ArgumentNullException.ThrowIfNull(context);
            ArgumentNullException.ThrowIfNull(output);
            Visitor visitor = _visitor.Value ?? new Visitor(0, new string((char)('a' + (context.CurrentKey % 26)), 400));
            visitor = visitor with { Visits = visitor.Visits + 1 };
            _visitor.Update(visitor);
            output.Collect(VisitOf(context.CurrentKey, visitor.Visits));
        }

        protected override void Open() => _visitor = RuntimeContext.GetState(new ValueStateDescriptor<Visitor>("visitor"));
    }

    public readonly record struct Sums(long Count, long Total);

    private sealed class Sum : IAggregateFunction<long, Sums, Sums>
    {
        public Sums CreateAccumulator() => default;

        public Sums Add(long value, Sums accumulator) => new(accumulator.Count + 1, accumulator.Total + value);

        public Sums GetResult(Sums accumulator) => accumulator;

        public Sums Merge(Sums left, Sums right) => new(left.Count + right.Count, left.Total + right.Total);
    }
}

/// <summary>No job until somebody says of what: an assembly may have such a class beside its jobs.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class OpenJob<T> : IStreamJob
{
    /// <inheritdoc/>
    public string Name => "open";

    /// <inheritdoc/>
    public void Build(StreamExecutionEnvironment env) => throw new NotSupportedException();
}
