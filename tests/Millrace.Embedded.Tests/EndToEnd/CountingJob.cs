using System.Globalization;
using Millrace.Api;
using Millrace.Kafka;
using Millrace.Time;
using Millrace.Windows;

namespace Millrace.Embedded.Tests.EndToEnd;

/// <summary>
/// Number n is an event of key n mod 100 at n ms; counts and sums per key and second. It can be slowed down, so that a test can kill it in
/// its middle. Run by the host as a job assembly, in a process of its own, and by tests in theirs.
/// </summary>
public sealed class CountingJob : IStreamJob
{
    private const int Keys = 100;
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
            .Build();
        int slow = int.Parse(env.Configuration["slow-ms"] ?? "0", CultureInfo.InvariantCulture);
        Windows(
                slow > 0
                    ? env.FromSource(source, Watermarks).WithUid("source").Map(number => Slow(number, slow)).WithUid("slow")
                    : env.FromSource(source, Watermarks).WithUid("source")
            )
            .SinkTo(sink)
            .WithUid("sink");
    }

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

    public readonly record struct Sums(long Count, long Total);

    private sealed class Sum : IAggregateFunction<long, Sums, Sums>
    {
        public Sums CreateAccumulator() => default;

        public Sums Add(long value, Sums accumulator) => new(accumulator.Count + 1, accumulator.Total + value);

        public Sums GetResult(Sums accumulator) => accumulator;

        public Sums Merge(Sums left, Sums right) => new(left.Count + right.Count, left.Total + right.Total);
    }
}
