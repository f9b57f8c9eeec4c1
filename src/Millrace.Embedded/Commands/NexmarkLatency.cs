using Millrace.Api;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Embedded.Hosting;
using Millrace.Samples.Nexmark;

namespace Millrace.Embedded.Commands;

/// <summary>
/// Latencies of a query at a given rate of events. The loop is open: each event is due at its time, whether or not the job keeps up, and a
/// result's latency counts from the time at which the event that brings it about was due to its arrival at the sink. That event is the one
/// with the result's timestamp; for results that wait for the watermark, the first one whose watermark reaches it; for windows of
/// processing time, the end of the window counts.
/// </summary>
internal sealed class NexmarkLatency : NexmarkProbe
{
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    // What the job may hold back to save work; Flink's defaults are 100 and 200 ms.
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(1);

    // A watermark W says that all up to W are there; it lags behind the events by their disorder and one.
    private const long WatermarkLag = 4_001;

    private static readonly HashSet<string> AtWatermark = new(StringComparer.Ordinal)
    {
        "q4",
        "q5",
        "q6",
        "q7",
        "q8",
        "q9",
        "q11",
        "cep-q0",
        "cep-q1",
        "cep-q2",
        "cep-q3",
    };
    private static readonly HashSet<string> AtProcessingTime = new(StringComparer.Ordinal) { "q12" };

    private readonly NexmarkOptions _options;
    private readonly LatencyHistogram _latencies = new();
    private readonly bool _isAtProcessingTime;
    private readonly long _lag;
    private readonly double _ticksPerEvent;
    private readonly double _ticksPerMicrosecond = TimeProvider.System.TimestampFrequency / 1e6;
    private readonly long _firstDueWall;
    private readonly long _from;
    private readonly long _to;

    private NexmarkLatency(string query, double eventsPerSecond, TimeSpan length, NexmarkSettings settings)
    {
        _options = new NexmarkOptions { EventsPerSecond = settings.EventsPerSecond };
        EventsPerSecond = eventsPerSecond;
        Events = (long)(eventsPerSecond * (WarmUp + length).TotalSeconds);
        _ticksPerEvent = TimeProvider.System.TimestampFrequency / eventsPerSecond;
        _lag = AtWatermark.Contains(query) ? WatermarkLag : 0;
        _isAtProcessingTime = AtProcessingTime.Contains(query);
        FirstDue = TimeProvider.System.GetTimestamp() + TicksOf(Start);
        _firstDueWall = (TimeProvider.System.GetUtcNow() + Start).ToUnixTimeMilliseconds();
        _from = FirstDue + TicksOf(WarmUp);
        _to = FirstDue + (long)(Events * _ticksPerEvent);
    }

    public override double EventsPerSecond { get; }

    public override long FirstDue { get; }

    private long Events { get; }

    /// <summary>Runs a query and measures it.</summary>
    /// <param name="job">The query.</param>
    /// <param name="query">Its name, such as q5.</param>
    /// <param name="eventsPerSecond">Events per second of the clock, over all tasks.</param>
    /// <param name="length">How long to measure, after a warm-up.</param>
    /// <param name="settings">What all runs have in common.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public static async Task<NexmarkLatencies> RunAsync(
        NexmarkJob job,
        string query,
        double eventsPerSecond,
        TimeSpan length,
        NexmarkSettings settings,
        CancellationToken cancellationToken
    )
    {
        using TemporaryDirectory directory = new();
        GC.Collect();
        NexmarkLatency probe = new(query, eventsPerSecond, length, settings);
        job.Probe = probe;
        StreamExecutionEnvironment env = NexmarkMeasurement.Declare(job, probe.Events, settings, directory);
        job.Probe = null;
        env.Options.BufferTimeout = Linger;
        env.Options.AutoWatermarkInterval = Linger;
        using HiccupMeter hiccups = new();
        await env.ExecuteAsync(job.Name, cancellationToken);
        return new NexmarkLatencies(probe._latencies, hiccups.Stop());
    }

    public override ISink<T> SinkOf<T>() => new Sink<T>(this);

    private static long TicksOf(TimeSpan time) => (long)(time.TotalSeconds * TimeProvider.System.TimestampFrequency);

    private long DueOf(long timestamp) =>
        _isAtProcessingTime
            ? FirstDue + TicksOf(TimeSpan.FromMilliseconds(timestamp + 1 - _firstDueWall))
            : FirstDue + (long)((timestamp + _lag - _options.BaseTimeMs) * _options.EventsPerSecond / 1_000 * _ticksPerEvent);

    private sealed class Sink<T>(NexmarkLatency owner) : ISink<T>
    {
        public IReadOnlyList<Topic> Topics => [];

        public void Validate(ICollection<string> errors)
        {
            // Nothing can be wrong with counting.
        }

        public ISinkWriter<T> CreateWriter(ConnectorContext context) => new Writer<T>(owner);
    }

    private sealed class Writer<T>(NexmarkLatency owner) : ISinkWriter<T>
    {
        private readonly LatencyHistogram _latencies = new();

        public void Write(RecordBatch<T> batch)
        {
            long now = TimeProvider.System.GetTimestamp();
            foreach (long timestamp in batch.Timestamps)
            {
                // The end of the input fires what no event was to fire.
                long due = owner.DueOf(timestamp);
                if (due >= owner._from && due <= owner._to)
                {
                    _latencies.Add((long)((now - due) / owner._ticksPerMicrosecond));
                }
            }
        }

        public void Flush(bool endOfInput)
        {
            // Counted is counted.
        }

        public ValueTask DisposeAsync()
        {
            lock (owner._latencies)
            {
                owner._latencies.Merge(_latencies);
            }

            return ValueTask.CompletedTask;
        }
    }
}
