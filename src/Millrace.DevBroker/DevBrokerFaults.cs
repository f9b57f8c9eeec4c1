using Millrace.DevBroker.Faults;
using Millrace.DevBroker.Groups;
using Millrace.DevBroker.Storage;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker;

/// <summary>
/// Breaks a running broker on purpose, so that a test sees how its client copes. May be used from any thread; faults of requests are used
/// up in the order they were added.
/// </summary>
public sealed class DevBrokerFaults : IDiskFaults
{
    private readonly Lock _lock = new();
    private readonly List<RequestFault> _requests = [];
    private readonly Queue<long> _drops = new();
    private volatile bool _any;
    private volatile bool _diskFull;
    private long _diskDelayTicks;
    private long _topicVisibilityDelayTicks;

    internal DevBrokerFaults() { }

    /// <summary>
    /// While true, everything that would be written to a log fails as on a full disk. Producers get
    /// <see cref="ErrorCode.KafkaStorageError"/>. Default: false.
    /// </summary>
    public bool DiskFull
    {
        get => _diskFull;
        set => _diskFull = value;
    }

    /// <summary>How long each write to a log takes in addition. Default: zero.</summary>
    public TimeSpan DiskDelay
    {
        get => new(Volatile.Read(ref _diskDelayTicks));
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            Volatile.Write(ref _diskDelayTicks, value.Ticks);
        }
    }

    /// <summary>
    /// How long a topic that is created from now on is not usable yet, though its creation was answered, as on Apache Kafka. For the first
    /// half nobody but the controller knows it: whoever asks for it gets <see cref="ErrorCode.UnknownTopicOrPartition"/>. For the second
    /// half metadata shows it with <see cref="ErrorCode.LeaderNotAvailable"/>, and its partitions answer
    /// <see cref="ErrorCode.NotLeaderOrFollower"/>. Default: <see cref="DevBrokerOptions.TopicVisibilityDelay"/>.
    /// </summary>
    public TimeSpan TopicVisibilityDelay
    {
        get => new(Volatile.Read(ref _topicVisibilityDelayTicks));
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            Volatile.Write(ref _topicVisibilityDelayTicks, value.Ticks);
        }
    }

    internal IGroupFaults? Groups { get; set; }

    internal Func<int>? DropConnections { get; set; }

    internal Func<string, int, long, long>? Truncate { get; set; }

    /// <summary>Handles the next requests of a kind only after a delay.</summary>
    /// <param name="api">Request kind.</param>
    /// <param name="delay">The delay, not negative.</param>
    /// <param name="times">How many requests; all from now on if left out.</param>
    public void Delay(ApiKey api, TimeSpan delay, int times = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        Add(new RequestFault(api, FaultKind.Delay, delay, ErrorCode.None), times);
    }

    /// <summary>Answers the next requests of a kind with an error, for everything they ask, and does nothing of it.</summary>
    /// <param name="api">Request kind.</param>
    /// <param name="error">The error.</param>
    /// <param name="times">How many requests; all from now on if left out.</param>
    public void Fail(ApiKey api, ErrorCode error, int times = int.MaxValue) =>
        Add(new RequestFault(api, FaultKind.Error, TimeSpan.Zero, error), times);

    /// <summary>Drops the connection that brings a request of a kind; nothing of the request is done.</summary>
    /// <param name="api">Request kind.</param>
    /// <param name="times">How many requests.</param>
    public void DropRequest(ApiKey api, int times = 1) =>
        Add(new RequestFault(api, FaultKind.DropBefore, TimeSpan.Zero, ErrorCode.None), times);

    /// <summary>
    /// Does what a request of a kind asks, and drops the connection instead of answering. The client cannot know that it was done: this is
    /// what idempotence is for.
    /// </summary>
    /// <param name="api">Request kind.</param>
    /// <param name="times">How many requests.</param>
    public void DropResponse(ApiKey api, int times = 1) =>
        Add(new RequestFault(api, FaultKind.DropAfter, TimeSpan.Zero, ErrorCode.None), times);

    /// <summary>
    /// Drops a connection in the middle: the next one that is opened is cut when the broker has sent so many bytes on it. Each call
    /// concerns one connection.
    /// </summary>
    /// <param name="bytes">Bytes that still arrive, not negative.</param>
    public void DropNextConnectionAfter(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_lock)
        {
            _drops.Enqueue(bytes);
        }
    }

    /// <summary>Drops all connections that are open now.</summary>
    /// <returns>How many there were.</returns>
    public int DropAllConnections() => DropConnections?.Invoke() ?? 0;

    /// <summary>
    /// Cuts a partition's log off and begins a new leader epoch, as an unclean leader election does: what stood there was read by clients,
    /// and is gone. Only for brokers that keep their logs in memory.
    /// </summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="offset">First offset to go, with the whole batch that holds it.</param>
    /// <returns>Where the log ends now.</returns>
    public long TruncateLog(string topic, int partition, long offset) =>
        Truncate?.Invoke(topic, partition, offset) ?? throw new InvalidOperationException("The broker has not started.");

    /// <summary>Starts a rebalance of a group, as if a member had asked for it.</summary>
    /// <returns>False if the group has no members.</returns>
    public bool ForceRebalance(string groupId) => Groups?.ForceRebalance(groupId) ?? false;

    /// <summary>
    /// Ends sessions of a group's members as if their heartbeats had stayed away, while their clients go on unaware (zombies).
    /// </summary>
    /// <param name="groupId">The group.</param>
    /// <param name="member">Member id, static instance id or client id; all members if left out.</param>
    /// <returns>How many sessions were ended.</returns>
    public int ExpireMembers(string groupId, string? member = null) => Groups?.ExpireMembers(groupId, member) ?? 0;

    /// <summary>Ends all faults that are waiting or lasting.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _requests.Clear();
            _drops.Clear();
            _any = false;
        }

        DiskFull = false;
        DiskDelay = TimeSpan.Zero;
        TopicVisibilityDelay = TimeSpan.Zero;
    }

    void IDiskFaults.ThrowIfFull()
    {
        if (_diskFull)
        {
            throw new IOException("No space left on device (injected fault: DiskFull).");
        }
    }

    /// <summary>The fault that hits a request of this kind, if any. Costs nothing while there are none.</summary>
    internal RequestFault? Take(ApiKey api)
    {
        if (!_any)
        {
            return null;
        }

        lock (_lock)
        {
            int at = _requests.FindIndex(f => f.Api == api);
            if (at < 0)
            {
                return null;
            }

            RequestFault fault = _requests[at];
            if (fault.Remaining != int.MaxValue && --fault.Remaining == 0)
            {
                _requests.RemoveAt(at);
            }

            _any = _requests.Count > 0;
            return fault;
        }
    }

    /// <summary>Bytes after which a connection that has just been opened is to be cut.</summary>
    internal long? TakeDrop()
    {
        lock (_lock)
        {
            return _drops.TryDequeue(out long bytes) ? bytes : null;
        }
    }

    private void Add(RequestFault fault, int times)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(times);
        fault.Remaining = times;
        lock (_lock)
        {
            _requests.Add(fault);
            _any = true;
        }
    }
}
