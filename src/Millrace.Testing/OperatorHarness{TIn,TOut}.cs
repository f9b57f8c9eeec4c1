using System.Runtime.ExceptionServices;
using Millrace.Api;
using Millrace.Errors;
using Millrace.UserFunctions;

namespace Millrace.Testing;

/// <summary>
/// Runs operators without a job around them: the test pushes records, watermarks and time, and reads what comes out (Flink's
/// <c>OneInputStreamOperatorTestHarness</c>).
/// <code>
/// using var harness = OperatorHarness.ForKeyed&lt;string, Click, Count&gt;(click => click.User, keyed =>
/// keyed.Window(...).Aggregate(...)); harness.ProcessElement(new Click("ada"), timestamp: 10); harness.ProcessWatermark(59_999);
/// harness.SnapshotAndRestore(parallelism: 2);
/// </code>
/// <code>
/// Created -> { WithSideOutput }* -> running (with the first step) -> { Process..., AdvanceTime, Snapshot, SnapshotAndRestore }* -> [End]
/// -> Dispose
/// </code>
/// </summary>
/// <typeparam name="TIn">Type of the records that go in.</typeparam>
/// <typeparam name="TOut">Type of the records that come out.</typeparam>
public sealed class OperatorHarness<TIn, TOut> : IDisposable
{
    private readonly Func<DataStream<TIn>, DataStream<TOut>> _declare;
    private readonly ProbeLog<TOut> _output = new();
    private readonly Dictionary<string, object> _sideLogs = new(StringComparer.Ordinal);
    private readonly List<Action<DataStream<TOut>>> _sideProbes = [];
    private HarnessOptions _options;
    private TestSource<TIn> _source = new(splits: 1, replays: false);
    private JobTestDriver? _driver;
    private bool _ended;

    internal OperatorHarness(Func<DataStream<TIn>, DataStream<TOut>> declare, HarnessOptions? options)
    {
        ArgumentNullException.ThrowIfNull(declare);
        _declare = declare;
        _options = options ?? new HarnessOptions();
    }

    /// <summary>The clock of the operators; it stands still but for <see cref="AdvanceTime"/>.</summary>
    public ManualTimeProvider Time { get; } = new();

    /// <summary>All records that came out so far, also before restores.</summary>
    public IReadOnlyList<StreamRecord<TOut>> Output => _output.Records;

    /// <summary>The values of <see cref="Output"/>.</summary>
    public IReadOnlyList<TOut> OutputValues => [.. _output.Records.Select(record => record.Value)];

    /// <summary>
    /// The watermark that came out last; <see cref="long.MinValue"/> before the first. With several tasks, of the one that spoke last.
    /// </summary>
    public long OutputWatermark => _output.Watermarks.Count == 0 ? long.MinValue : _output.Watermarks[^1];

    /// <summary>Number of tasks of the operators.</summary>
    public int Parallelism => _options.Parallelism;

    /// <summary>Collects a side output of the last operator that is declared. Call it before the first step.</summary>
    /// <typeparam name="TSide">Type of the records.</typeparam>
    /// <param name="tag">The side output.</param>
    public OperatorHarness<TIn, TOut> WithSideOutput<TSide>(OutputTag<TSide> tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        if (_driver is not null)
        {
            throw new InvalidOperationException(
                $"Side output '{tag.Id}' is asked for while the harness runs; call {nameof(WithSideOutput)} before the first step."
            );
        }

        ProbeLog<TSide> log = new();
        _sideLogs.Add(tag.Id, log);
        _sideProbes.Add(stream =>
        {
            if (stream is not SingleOutputStreamOperator<TOut> last)
            {
                throw new InvalidOperationException(
                    $"Side output '{tag.Id}' cannot be read because no operator comes last in the declaration."
                );
            }

            Probe(last.GetSideOutput(tag), log);
        });
        return this;
    }

    /// <summary>All records that came out of a side output so far.</summary>
    /// <typeparam name="TSide">Type of the records.</typeparam>
    /// <param name="tag">The side output, as given to <see cref="WithSideOutput"/>.</param>
    public IReadOnlyList<StreamRecord<TSide>> SideOutput<TSide>(OutputTag<TSide> tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        return _sideLogs.TryGetValue(tag.Id, out object? log)
            ? ((ProbeLog<TSide>)log).Records
            : throw new InvalidOperationException(
                $"Side output '{tag.Id}' is not collected; call {nameof(WithSideOutput)} before the first step."
            );
    }

    /// <summary>Takes what has come out since the last call.</summary>
    public IReadOnlyList<StreamRecord<TOut>> TakeOutput()
    {
        StreamRecord<TOut>[] taken = [.. _output.Records];
        _output.Records.Clear();
        return taken;
    }

    /// <summary>Pushes a record through.</summary>
    /// <param name="value">The record.</param>
    /// <param name="timestamp">Its event timestamp in milliseconds since the Unix epoch.</param>
    public void ProcessElement(TIn value, long timestamp = Batches.RecordBatch.NoTimestamp) => Step(() => _source.Add(value, timestamp));

    /// <summary>Pushes records through, in batches of <see cref="HarnessOptions.BatchSize"/>.</summary>
    /// <param name="records">The records with their timestamps.</param>
    public void ProcessElements(params IEnumerable<StreamRecord<TIn>> records) => Step(() => _source.AddRange(records));

    /// <summary>Pushes a watermark through: no record with a timestamp &lt;= <paramref name="watermark"/> will follow.</summary>
    /// <param name="watermark">Milliseconds since the Unix epoch.</param>
    public void ProcessWatermark(long watermark) => Step(() => _source.AddWatermark(watermark));

    /// <summary>Moves the clock and fires what becomes due.</summary>
    /// <param name="time">How far; not negative.</param>
    public void AdvanceTime(TimeSpan time) => Step(() => Time.Advance(time));

    /// <summary>Ends the input: the last watermark goes through and the operators finish.</summary>
    public void End()
    {
        _source.End();
        Driver().RunUntilIdle();
        _ended = true;
    }

    /// <summary>Takes the operators' state, which <see cref="Restore"/> can start from.</summary>
    public JobSnapshot Snapshot() => Driver().TakeCheckpoint();

    /// <summary>Reads the keyed state of a process function as it is now.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <typeparam name="TResult">Type of the result.</typeparam>
    /// <param name="key">The key whose state to read.</param>
    /// <param name="read">Gets the states by their descriptors and reads them: <c>states => states.GetState(count).Value</c>.</param>
    /// <param name="uid">The operator's uid.</param>
    public TResult ReadState<TKey, TResult>(TKey key, Func<State.IKeyedStateStore, TResult> read, string uid = OperatorHarness.ProcessUid)
        where TKey : notnull => Snapshot().ReadState(uid, key, read, Time);

    /// <summary>
    /// Throws the operators away and starts new ones from a snapshot, of this harness or of another one with the same declaration. What
    /// came out stays.
    /// </summary>
    /// <param name="snapshot">The state.</param>
    /// <param name="parallelism">Their number of tasks from now on; <see langword="null"/> = as before.</param>
    public void Restore(JobSnapshot snapshot, int? parallelism = null)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        if (_ended)
        {
            throw new InvalidOperationException("The input has ended, so nothing could be processed after a restore; restore before End.");
        }

        _driver?.Dispose();
        _options = _options with { Parallelism = parallelism ?? _options.Parallelism };
        _source = new TestSource<TIn>(splits: 1, replays: false);
        _driver = Start(snapshot);
        _driver.RunUntilIdle();
    }

    /// <summary>Replaces the operators by ones restored from a snapshot of them.</summary>
    /// <param name="parallelism">Their number of tasks from now on; <see langword="null"/> = as before.</param>
    public void SnapshotAndRestore(int? parallelism = null) => Restore(Snapshot(), parallelism);

    /// <summary>Stops the operators.</summary>
    public void Dispose() => _driver?.Dispose();

    private static void Probe<T>(DataStream<T> stream, ProbeLog<T> log) =>
        stream.Transform("Probe", () => new ProbeOperator<T>(log)).SinkTo(new Connectors.DiscardingSink<T>());

    private void Step(Action input)
    {
        JobTestDriver driver = Driver();
        input();
        try
        {
            driver.RunUntilIdle();
        }
        catch (UserCodeException failure) when (failure.InnerException is { } cause)
        {
            // A test of a function sees what the function threw.
            ExceptionDispatchInfo.Throw(cause);
        }

        if (_options.RestoresBetweenSteps)
        {
            SnapshotAndRestore();
        }
    }

    private JobTestDriver Driver() => _driver ??= Start(restoreFrom: null);

    private JobTestDriver Start(JobSnapshot? restoreFrom)
    {
        JobTestOptions options = new()
        {
            Time = Time,
            RestoreFrom = restoreFrom,
            Execution = new Runtime.ExecutionOptions
            {
                Parallelism = _options.Parallelism,
                MaxParallelism = _options.MaxParallelism,
                BatchSize = _options.BatchSize,
            },
        };
        return JobTestDriver.Start(
            env =>
            {
                DataStream<TOut> output = _declare(env.FromSource(_source, _source.Watermarks).SetParallelism(1));
                Probe(output, _output);
                foreach (Action<DataStream<TOut>> probe in _sideProbes)
                {
                    probe(output);
                }
            },
            options,
            "harness"
        );
    }
}
