namespace Millrace.Durable.Protocol;

/// <summary>What a keyed task is told once.</summary>
internal sealed record KeyedTaskOptions
{
    public const int DefaultMaxHeldBackBytes = 256 * 1024;

    /// <summary>The job and its incarnation.</summary>
    public required string Job { get; init; }

    public required string Stage { get; init; }

    public required int Task { get; init; }

    public required IReadOnlyList<InputEdge> Inputs { get; init; }

    public IReadOnlyList<OutputEdge> Outputs { get; init; } = [];

    /// <summary>
    /// How much may be held back per channel, in bytes. Default 256 KB. What exceeds it is dropped, furthest first; the task gets it again
    /// when the hole before it is filled.
    /// </summary>
    public int MaxHeldBackBytes { get; init; } = DefaultMaxHeldBackBytes;

    public ProtocolGuards Guards { get; init; } = ProtocolGuards.All;
}

/// <summary>An input of a keyed task.</summary>
/// <param name="Name">The edge's name, unique in the job.</param>
/// <param name="IsSource">Whether the channels come from source partitions. Their number is told by ticks and may grow; a lost envelope is
/// sent again.</param>
/// <param name="Upstreams">For an edge from a keyed stage: its parallelism.</param>
internal sealed record InputEdge(string Name, bool IsSource, int Upstreams = 0);

/// <summary>An output of a keyed task: an edge to the tasks <c>[0, Downstreams)</c> of the next stage.</summary>
internal sealed record OutputEdge(string Name, int Downstreams);
