using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Millrace.DevBroker.Groups;
using Millrace.DevBroker.Journals;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Groups;

/// <summary>A coordinator on a clock that only the test moves.</summary>
internal sealed class GroupFixture : IAsyncDisposable
{
    public const string GroupId = "group-1";

    public static readonly TimeSpan Session = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan Rebalance = TimeSpan.FromSeconds(60);

    private readonly MemoryJournal _journal;
    private readonly GroupCoordinatorOptions _options;

    public GroupFixture(TimeSpan initialDelay = default)
        : this(new MemoryJournal(), new FakeTimeProvider(), new GroupCoordinatorOptions { InitialRebalanceDelay = initialDelay }) { }

    private GroupFixture(MemoryJournal journal, FakeTimeProvider time, GroupCoordinatorOptions options)
    {
        _journal = journal;
        _options = options;
        Time = time;
        Coordinator = new GroupCoordinator(options, time, journal, NullLogger.Instance);
    }

    public FakeTimeProvider Time { get; }

    public GroupCoordinator Coordinator { get; }

    public GroupState State => Coordinator.Describe(GroupId)?.State ?? GroupState.Dead;

    /// <summary>The same journal read by a new broker, as after a crash.</summary>
    public GroupFixture Restart() => new(_journal, Time, _options);

    public static JoinGroupCommand JoinCommand(
        string memberId = "",
        string? instanceId = null,
        string metadata = "topics",
        params string[] protocols
    ) =>
        new()
        {
            GroupId = GroupId,
            MemberId = memberId,
            InstanceId = instanceId,
            ClientId = "client",
            ClientHost = "/127.0.0.1",
            SessionTimeout = Session,
            RebalanceTimeout = Rebalance,
            ProtocolType = "consumer",
            Protocols =
            [
                .. (protocols.Length == 0 ? ["range"] : protocols).Select(name => new GroupProtocol(
                    name,
                    Encoding.UTF8.GetBytes(metadata)
                )),
            ],
        };

    public Task<JoinGroupResult> Join(
        string memberId = "",
        string? instanceId = null,
        string metadata = "topics",
        params string[] protocols
    ) => Join(JoinCommand(memberId, instanceId, metadata, protocols));

    public Task<JoinGroupResult> Join(JoinGroupCommand command) => Coordinator.JoinAsync(command, CancellationToken.None).AsTask();

    public Task<SyncGroupResult> Sync(JoinGroupResult joined, params (string MemberId, string Assignment)[] assignments) =>
        Coordinator
            .SyncAsync(
                new SyncGroupCommand
                {
                    GroupId = GroupId,
                    Generation = joined.Generation,
                    MemberId = joined.MemberId,
                    Assignments =
                    [
                        .. assignments.Select(each => KeyValuePair.Create(each.MemberId, Encoding.UTF8.GetBytes(each.Assignment))),
                    ],
                },
                CancellationToken.None
            )
            .AsTask();

    public ErrorCode Heartbeat(JoinGroupResult joined, string? instanceId = null) =>
        Coordinator.Heartbeat(GroupId, joined.MemberId, instanceId, joined.Generation);

    public async Task<ErrorCode> Leave(string memberId, string? instanceId = null) =>
        (await Coordinator.LeaveAsync(GroupId, [new MemberIdentity(memberId, instanceId)], CancellationToken.None))[0];

    public async Task<ErrorCode> Commit(long offset, JoinGroupResult? joined = null, string topic = "t", int partition = 0) =>
        await Coordinator.CommitOffsetsAsync(CommitCommand(offset, joined, topic, partition), CancellationToken.None);

    public async Task<ErrorCode> CommitPending(long offset, long producerId, JoinGroupResult? joined = null) =>
        await Coordinator.CommitTransactionalOffsetsAsync(CommitCommand(offset, joined, "t", 0), producerId, CancellationToken.None);

    public FetchedOffset Fetch(string topic = "t", int partition = 0, bool requireStable = false) =>
        Coordinator.FetchOffsets(GroupId, [new TopicPartition(topic, partition)], requireStable)[0];

    /// <summary>Dynamic members in the same first generation; needs an initial delay of a second.</summary>
    public async Task<JoinGroupResult[]> JoinTogether(int count)
    {
        Task<JoinGroupResult>[] joins = Enumerable.Range(0, count).Select(_ => Join()).ToArray();
        Time.Advance(TimeSpan.FromSeconds(1));
        Time.Advance(TimeSpan.FromSeconds(1));
        return await Task.WhenAll(joins).WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
    }

    /// <summary>A stable group of one, or of as many static members as there are names.</summary>
    public async Task<JoinGroupResult[]> Stable(params string[] instanceIds)
    {
        if (instanceIds.Length == 0)
        {
            JoinGroupResult alone = await Join();
            await SyncAll(alone);
            return [alone];
        }

        // The first has a generation to itself, and comes again for the others' sake.
        JoinGroupResult first = await Join(instanceId: instanceIds[0]);
        Task<JoinGroupResult>[] others = instanceIds.Skip(1).Select(id => Join(instanceId: id)).ToArray();
        Task<JoinGroupResult> again = others.Length == 0 ? Task.FromResult(first) : Join(first.MemberId, instanceIds[0]);
        JoinGroupResult[] joined = await Task.WhenAll([again, .. others]).WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
        await SyncAll(joined);
        return joined;
    }

    /// <summary>Everybody syncs; each member's assignment is its own id.</summary>
    public async Task SyncAll(params JoinGroupResult[] joined)
    {
        IEnumerable<Task<SyncGroupResult>> syncs = joined.Select(each =>
            Sync(
                each,
                [.. string.Equals(each.Leader, each.MemberId, StringComparison.Ordinal) ? joined.Select(m => (m.MemberId, m.MemberId)) : []]
            )
        );
        SyncGroupResult[] results = await Task.WhenAll([.. syncs]).WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
        Assert.All(results, result => Assert.Equal(ErrorCode.None, result.Error));
    }

    public ValueTask DisposeAsync() => Coordinator.DisposeAsync();

    private static OffsetCommitCommand CommitCommand(long offset, JoinGroupResult? joined, string topic, int partition) =>
        new()
        {
            GroupId = GroupId,
            Generation = joined?.Generation ?? -1,
            MemberId = joined?.MemberId ?? "",
            Offsets = [new OffsetToCommit(new TopicPartition(topic, partition), offset, -1, "note")],
        };
}
