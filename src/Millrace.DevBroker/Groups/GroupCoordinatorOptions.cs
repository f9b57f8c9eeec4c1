namespace Millrace.DevBroker.Groups;

/// <summary>Settings of the group coordinator.</summary>
internal sealed record GroupCoordinatorOptions
{
    /// <summary>
    /// How long the first rebalance of an empty group waits for more members, restarted by each one that comes
    /// (Kafka's <c>group.initial.rebalance.delay.ms</c>). Default 50 ms; zero starts at once.
    /// </summary>
    public TimeSpan InitialRebalanceDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// The shortest session timeout a member may ask for. Default 10 ms, far below Kafka's 6 s, so that tests can be fast.
    /// </summary>
    public TimeSpan MinSessionTimeout { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The longest session timeout a member may ask for. Default 30 minutes, as in Kafka.</summary>
    public TimeSpan MaxSessionTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a new member may wait for the answer to its first join. Default 5 minutes, as in Kafka.</summary>
    public TimeSpan NewMemberJoinTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long offsets outlive their group's last member or, without members, their commit. Default 7 days, as in Kafka.
    /// </summary>
    public TimeSpan OffsetsRetention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How often expired offsets are looked for. Default 10 minutes, as in Kafka.</summary>
    public TimeSpan OffsetsRetentionCheckInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The longest metadata string a committed offset may carry, in characters. Default 4096, as in Kafka.</summary>
    public int MaxOffsetMetadata { get; init; } = 4096;
}
