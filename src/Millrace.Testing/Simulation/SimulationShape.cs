namespace Millrace.Testing.Simulation;

/// <summary>What a run's job and input look like; derived from its seed where the options leave it open.</summary>
internal sealed record SimulationShape
{
    private static readonly byte[] Padding = new byte[70_000];

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

    public long WindowSize { get; init; } = 100;

    public long MaxOutOfOrderness { get; init; } = 40;

    public int MaxBatch { get; init; } = 12;

    /// <summary>Zeros, which the job's logic skips.</summary>
    public ReadOnlySpan<byte> PaddingOf(in SimRecord record) =>
        HasLargeRecords
            ? Padding.AsSpan(
                0,
                (record.Value % 11) switch
                {
                    0 => 70_000,
                    1 or 2 => 12_000,
                    _ => 0,
                }
            )
            : default;

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
        };
        return shape with
        {
            SendsAggregates = options.PreAggregates ?? shape.SendsAggregates,
            Sink = options.Sink ?? shape.Sink,
            Records = options.Records ?? (shape.HasLargeRecords ? 30 : shape.Records),
        };
    }
}
