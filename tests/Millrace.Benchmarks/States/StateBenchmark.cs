using System.Diagnostics;
using System.Globalization;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.RocksDb;
using Millrace.Runtime;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.UserFunctions;

namespace Millrace.Benchmarks.States;

/// <summary>
/// A job that keeps some hundred bytes for each of many keys, and changes them at full rate, with checkpoints. It is filled, changed for a
/// while, stopped, and started again from its last checkpoint.
/// <code>
/// ./run bench state KEYS SECONDS MEGABYTES [uniform|skewed]      megabytes of memory for state on disk; 0 = in memory
/// </code>
/// Skewed: seven of eight changes go to the twentieth part of the keys. Pauses: for how long the task took no record, the longest of each
/// second; beside them the same of a thread that only waits for the next millisecond, which is the machine's share. What has changed
/// between two checkpoints is counted once per key.
/// </summary>
internal static class StateBenchmark
{
    private const int PayloadBytes = 76;

    // As checkpoints have them: key, number of changes, length and payload.
    private const double EntryBytes = 83;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(string[] args)
    {
        long keys = args.Length > 0 ? long.Parse(args[0], CultureInfo.InvariantCulture) : 5_000_000;
        double seconds = args.Length > 1 ? double.Parse(args[1], CultureInfo.InvariantCulture) : 30;
        long megabytes = args.Length > 2 ? long.Parse(args[2], CultureInfo.InvariantCulture) : 0;
        bool isSkewed = args.ElementAtOrDefault(3) switch
        {
            null or "uniform" => false,
            "skewed" => true,
            string other => throw new FormatException($"'{other}' is neither uniform nor skewed."),
        };
        if (megabytes is > 0 and < (RocksDbStateBackend.MinMemoryBytes >> 20))
        {
            throw new FormatException($"State on disk needs {RocksDbStateBackend.MinMemoryBytes >> 20} MB of memory, not {megabytes}.");
        }

        string directory = Directory.CreateTempSubdirectory("millrace-state-bench-").FullName;
        try
        {
            StateBackend backend =
                megabytes > 0 ? StateBackend.OnDisk(Path.Combine(directory, "state"), megabytes << 20) : StateBackend.InMemory;
            Console.WriteLine(
                $"{keys:N0} keys of about 100 bytes, state {(megabytes > 0 ? $"on disk with {megabytes} MB" : "in memory")}, changes "
                    + $"{(isSkewed ? "skewed" : "uniform")}, checkpoints every {Interval.TotalSeconds} s."
            );
            using CancellationTokenSource ended = new();
            Thread waiting = new(() => Pauses.WaitUntil(ended.Token)) { IsBackground = true };
            waiting.Start();
            await using (JobClient client = Start(directory, backend, keys, isSkewed, CancellationToken.None))
            {
                Sample start = Sample.Take(client);
                while (client.GetMetrics().RecordsIn < keys)
                {
                    await NextAsync(client);
                }

                Sample filled = Sample.Take(client);
                Print("fill", start, filled, []);
                Pauses.Task.Reset();
                Pauses.Machine.Reset();
                List<(long Id, long Bytes, TimeSpan Duration)> checkpoints = [];
                List<long> changed = [];
                while (filled.Elapsed < TimeSpan.FromSeconds(seconds))
                {
                    await NextAsync(client);
                    JobMetrics metrics = client.GetMetrics();
                    if (
                        metrics.LastCheckpointId > filled.CheckpointId
                        && !checkpoints.Exists(entry => entry.Id == metrics.LastCheckpointId)
                    )
                    {
                        checkpoints.Add((metrics.LastCheckpointId, metrics.LastCheckpointSize, metrics.LastCheckpointDuration));
                        changed.Add(Changed.Next());
                    }
                }

                Print("change", filled, Sample.Take(client), checkpoints);
                if (checkpoints.Count > 1 && keys <= Changed.MaxKeys)
                {
                    // The first has what was changed while the state was filled.
                    double written = checkpoints.Skip(1).Sum(checkpoint => (double)checkpoint.Bytes);
                    Console.WriteLine(
                        $"  written: {written / 1e6:F0} MB, {written / (changed.Skip(1).Sum() * EntryBytes):F2} times the entries that had "
                            + $"changed, of {EntryBytes} bytes each"
                    );
                }

                Console.WriteLine($"  pauses of the task: {Pauses.Task}; of the machine: {Pauses.Machine}");
            }

            await ended.CancelAsync();
            long started = Stopwatch.GetTimestamp();
            await using JobClient again = Start(directory, backend, keys, isSkewed, CancellationToken.None);
            while (again.GetMetrics().RecordsIn == 0)
            {
                await NextAsync(again);
            }

            Console.WriteLine(
                $"first record after a start from the last checkpoint: {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s"
            );
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static JobClient Start(string directory, StateBackend backend, long keys, bool isSkewed, CancellationToken cancellationToken)
    {
        StreamExecutionEnvironment env = new(
            new ExecutionOptions
            {
                CheckpointInterval = Interval,
                StateBackend = backend,
                RestartStrategy = RestartStrategy.None,
            }
        )
        {
            CheckpointStore = new DirectoryObjectStore(Path.Combine(directory, "checkpoints")),
        };
        env.FromGenerator(long.MaxValue, n => n < keys ? n : KeyOf(n, keys, isSkewed))
            .KeyBy(key => key)
            .Process(new Account())
            .WithUid("accounts")
            .SinkTo(new DiscardingSink<long>());
        return env.ExecuteDetached("state", cancellationToken);
    }

    private static long KeyOf(long n, long keys, bool isSkewed)
    {
        ulong mixed = HashMixing.Mix((ulong)n) | ((ulong)HashMixing.Mix((ulong)~n) << 32);
        long range = isSkewed && (n & 7) != 0 ? keys / 20 : keys;
        return (long)(mixed % (ulong)range);
    }

    private static async Task NextAsync(JobClient client)
    {
        await Task.Delay(100);
        if (client.Completion.IsCompleted)
        {
            await client.Completion;
        }
    }

    private static void Print(string what, Sample from, Sample to, List<(long Id, long Bytes, TimeSpan Duration)> checkpoints)
    {
        double records = to.Records - from.Records;
        Console.WriteLine(
            $"{what}: {records / (to.At - from.At).TotalSeconds / 1e3:F0} k/s, {records / (to.Cpu - from.Cpu).TotalSeconds / 1e3:F0} k/s "
                + $"per core, managed heap {GC.GetTotalMemory(forceFullCollection: false) >> 20} MB, working set now "
                + $"{Environment.WorkingSet >> 20} MB, checkpoints to {to.CheckpointId}, {to.Failed} failed"
        );
        foreach ((long id, long bytes, TimeSpan duration) in checkpoints)
        {
            Console.WriteLine($"  checkpoint {id}: {bytes / 1e6:F1} MB in {duration.TotalSeconds:F2} s");
        }
    }

    private sealed record Sample(long Records, TimeSpan Cpu, long Timestamp, TimeSpan At, long CheckpointId, int Failed)
    {
        public TimeSpan Elapsed => Stopwatch.GetElapsedTime(Timestamp);

        public static Sample Take(JobClient client)
        {
            using Process self = Process.GetCurrentProcess();
            JobMetrics metrics = client.GetMetrics();
            long now = Stopwatch.GetTimestamp();
            return new Sample(
                metrics.RecordsIn,
                self.TotalProcessorTime,
                now,
                Stopwatch.GetElapsedTime(0, now),
                metrics.LastCheckpointId,
                metrics.FailedCheckpoints
            );
        }
    }

    /// <summary>The longest time between two notes, of each second.</summary>
    private sealed class Pauses
    {
        private readonly List<double> _longest = [];
        private readonly Lock _lock = new();
        private long _last = Stopwatch.GetTimestamp();
        private long _second = Stopwatch.GetTimestamp();
        private long _most;

        public static Pauses Task { get; } = new();

        public static Pauses Machine { get; } = new();

        public static void WaitUntil(CancellationToken cancellationToken)
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                Thread.Sleep(1);
                Machine.Note();
            }
        }

        public void Note()
        {
            long now = Stopwatch.GetTimestamp();
            _most = Math.Max(_most, now - _last);
            _last = now;
            if (now - _second >= Stopwatch.Frequency)
            {
                lock (_lock)
                {
                    _longest.Add(_most * 1000.0 / Stopwatch.Frequency);
                }

                (_second, _most) = (now, 0);
            }
        }

        public void Reset()
        {
            lock (_lock)
            {
                _longest.Clear();
            }
        }

        public override string ToString()
        {
            lock (_lock)
            {
                double[] sorted = [.. _longest.Order()];
                return sorted.Length == 0
                    ? "none"
                    : $"median {sorted[sorted.Length / 2]:F1} ms, p99 {sorted[(int)((sorted.Length - 1) * 0.99)]:F1} ms, most "
                        + $"{sorted[^1]:F1} ms of {sorted.Length} s";
            }
        }
    }

    /// <summary>How many keys have changed since the last checkpoint that was seen, each counted once.</summary>
    private static class Changed
    {
        public const int MaxKeys = 20_000_000;

        private static readonly byte[] _seen = new byte[MaxKeys];
        private static volatile byte _round = 1;
        private static long _count;

        public static void Note(long key)
        {
            if (key < MaxKeys && _seen[key] != _round)
            {
                _seen[key] = _round;
                Interlocked.Increment(ref _count);
            }
        }

        public static long Next()
        {
            _round = (byte)(_round == byte.MaxValue ? 1 : _round + 1);
            return Interlocked.Exchange(ref _count, 0);
        }
    }

    private readonly record struct Balance(long Changes, byte[] Content);

    private sealed class Account : KeyedProcessFunction<long, long, long>
    {
        private IValueState<Balance> _balance = null!;

        public override void ProcessElement(long value, IKeyedProcessContext<long> context, Collector<long> output)
        {
            Pauses.Task.Note();
            Changed.Note(value);
            Balance before = _balance.Value;
            Balance after = new(before.Changes + 1, before.Content ?? new byte[PayloadBytes]);
            after.Content[(int)(after.Changes % PayloadBytes)]++;
            _balance.Update(after);
            output.Collect(after.Changes);
        }

        protected override void Open() => _balance = RuntimeContext.GetState(new ValueStateDescriptor<Balance>("balance"));
    }
}
