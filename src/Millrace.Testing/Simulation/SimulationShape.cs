using Millrace.Durable.Hosting;

namespace Millrace.Testing.Simulation;

/// <summary>What a run's job and input look like; derived from its seed where the options leave it open.</summary>
internal sealed record SimulationShape
{
    public required int Partitions { get; init; }

    public required int FirstParallelism { get; init; }

    public required int SecondParallelism { get; init; }

    public required bool SendsAggregates { get; init; }

    public required SimulatedSink Sink { get; init; }

    public required int Records { get; init; }

    /// <summary>Whether a partition is added in the middle.</summary>
    public required bool AddsPartition { get; init; }

    /// <summary>Whether some records are so large that they travel in fragments.</summary>
    public required bool HasLargeRecords { get; init; }

    /// <summary>Whether the topic has offsets without records.</summary>
    public required bool HasOffsetGaps { get; init; }

    public int Keys { get; init; } = 5;

    /// <summary>Topics of the source; their partitions are numbered through, one of each in turn.</summary>
    public int Topics { get; init; } = 1;

    /// <summary>Whether the topics have records from before the job, which starts at their ends.</summary>
    public bool StartsAtLatest { get; init; }

    /// <summary>Whether the job is drained at its end.</summary>
    public bool IsDrained { get; init; }

    /// <summary>Whether most records have one key, so that one task gets them.</summary>
    public bool HasHotKey { get; init; }

    /// <summary>Whether most records are in one partition.</summary>
    public bool HasHotPartition { get; init; }

    /// <summary>Whether a filter before the windows leaves one record in ten.</summary>
    public bool Filters { get; init; }

    /// <summary>Processes that there are when nobody scales.</summary>
    public int Processes { get; init; } = 2;

    /// <summary>Records that a look into a topic reads at a time, so that whoever reads has to go on.</summary>
    public int MaxRead { get; init; } = 40;

    public int MaxBatch { get; init; } = 12;

    /// <summary>Bytes of a task's state that stay in its entity; more goes to a blob.</summary>
    public int MaxStateBytes { get; init; } = 512 * 1024;

    /// <summary>Whether the first windows' state is large enough to be in parts.</summary>
    public bool HasParts => MaxStateBytes < 1024 && !SendsAggregates;

    /// <summary>Bytes that a task holds back per channel.</summary>
    public int MaxHeldBackBytes { get; init; } = 4_000;

    /// <summary>Where the ledgers are.</summary>
    public SimulatedLedgers Ledgers { get; init; } = SimulatedLedgers.Table;

    /// <summary>Whether the app knows how many operations a batch has.</summary>
    public bool KnowsBatchSizes { get; init; } = true;

    /// <summary>How the app runs the job: as by default, in less time.</summary>
    public DurableHostOptions Options { get; } =
        new()
        {
            RepairTimeout = TimeSpan.FromSeconds(8),
            ResendTimeout = TimeSpan.FromSeconds(5),
            BackPressureWait = TimeSpan.FromSeconds(3),
            UserCodeRetryDelay = TimeSpan.FromMilliseconds(100),

            // What throws does so by chance: the next attempt may go well.
            UserCodeAttempts = int.MaxValue,
        };

    /// <summary>Bytes that make a record large.</summary>
    public int PaddingOf(long value) =>
        !HasLargeRecords
            ? 0
            : (value % 11) switch
            {
                0 => 70_000,
                1 or 2 => 12_000,
                _ => 0,
            };

    public static SimulationShape Of(SimulationOptions options)
    {
        SimRandom random = new(SimRandom.Mix(options.Seed ^ 0x5A4E));
        SimulationShape shape = new()
        {
            Partitions = random.Between(1, 4),
            FirstParallelism = random.Between(1, 3),
            SecondParallelism = random.Between(1, 2),
            SendsAggregates = random.OneIn(2),
            Sink = random.OneIn(2) ? SimulatedSink.ExactlyOnce : SimulatedSink.AtLeastOnce,
            Records = random.Between(20, 120),
            AddsPartition = random.OneIn(4),
            HasLargeRecords = random.OneIn(24),
            HasOffsetGaps = random.OneIn(2),
            MaxStateBytes = random.OneIn(3) ? 300 : 512 * 1024,
            MaxHeldBackBytes = random.OneIn(2) ? 300 : 64 * 1024,
            KnowsBatchSizes = !random.OneIn(3),
            Ledgers = (SimulatedLedgers)random.Below(3),
            Topics = random.OneIn(3) ? 2 : 1,
            StartsAtLatest = random.OneIn(4),
            IsDrained = random.OneIn(4),
            HasHotKey = random.OneIn(4),
            HasHotPartition = random.OneIn(4),
            Filters = random.OneIn(6),
            MaxRead = random.OneIn(3) ? 3 : 40,
            Keys = random.OneIn(8) ? 1 : 5,
            Processes = random.OneIn(4) ? 1 : 2,
        };
        return shape with
        {
            Topics = Math.Min(shape.Topics, shape.Partitions),
            SendsAggregates = options.PreAggregates ?? shape.SendsAggregates,
            Sink = options.Sink ?? shape.Sink,
            Records = options.Records ?? (shape.HasLargeRecords ? 30 : shape.Records),
        };
    }
}

/// <summary>Where ledgers are.</summary>
internal enum SimulatedLedgers
{
    Objects,
    Table,

    /// <summary>At first objects, then, with a deployment, a table.</summary>
    Moved,
}
