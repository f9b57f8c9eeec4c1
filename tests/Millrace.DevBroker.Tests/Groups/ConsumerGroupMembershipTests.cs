using System.Text;
using Millrace.DevBroker.Groups;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Groups;

public class ConsumerGroupMembershipTests
{
    [Fact]
    public async Task ShouldDeliverAssignments_WhenLeaderSyncs()
    {
        await using GroupFixture group = new(initialDelay: TimeSpan.FromSeconds(1));
        JoinGroupResult[] joined = await group.JoinTogether(2);
        JoinGroupResult leader = joined.Single(member => member.Members.Count > 0);
        JoinGroupResult follower = joined.Single(member => member.Members.Count == 0);

        Task<SyncGroupResult> waiting = group.Sync(follower);
        Assert.False(waiting.IsCompleted);
        SyncGroupResult led = await group.Sync(leader, (leader.MemberId, "0"), (follower.MemberId, "1"));
        SyncGroupResult followed = await waiting;

        Assert.Equal("0", Encoding.UTF8.GetString(led.Assignment));
        Assert.Equal("1", Encoding.UTF8.GetString(followed.Assignment));
        Assert.Equal(GroupState.Stable, group.State);
    }

    [Fact]
    public async Task ShouldRefuseSync_WhenGenerationOrProtocolIsNotTheGroups()
    {
        await using GroupFixture group = new();
        JoinGroupResult joined = await group.Join();

        Assert.Equal(ErrorCode.IllegalGeneration, (await group.Sync(joined with { Generation = 7 })).Error);
        Assert.Equal(ErrorCode.UnknownMemberId, (await group.Sync(joined with { MemberId = "ghost" })).Error);
        SyncGroupCommand other = new()
        {
            GroupId = GroupFixture.GroupId,
            Generation = joined.Generation,
            MemberId = joined.MemberId,
            ProtocolType = "consumer",
            ProtocolName = "other",
        };
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, (await group.Coordinator.SyncAsync(other, CancellationToken.None)).Error);
    }

    [Fact]
    public async Task ShouldCancelParkedSync_WhenMemberJoinsMeanwhile()
    {
        await using GroupFixture group = new(initialDelay: TimeSpan.FromSeconds(1));
        JoinGroupResult follower = (await group.JoinTogether(2)).Single(member => member.Members.Count == 0);
        Task<SyncGroupResult> waiting = group.Sync(follower);

        Task<JoinGroupResult> joining = group.Join();

        Assert.Equal(ErrorCode.RebalanceInProgress, (await waiting).Error);
        Assert.False(joining.IsCompleted);
    }

    [Fact]
    public async Task ShouldRemoveMembersThatDoNotSync_WhenRebalanceTimeoutPasses()
    {
        await using GroupFixture group = new(initialDelay: TimeSpan.FromSeconds(1));
        JoinGroupResult[] joined = await group.JoinTogether(2);
        JoinGroupResult leader = joined.Single(member => member.Members.Count > 0);
        JoinGroupResult silent = joined.Single(member => member.Members.Count == 0);
        Assert.Equal(ErrorCode.None, (await group.Sync(leader, (leader.MemberId, "all"))).Error);

        for (TimeSpan waited = TimeSpan.Zero; waited < GroupFixture.Rebalance; waited += TimeSpan.FromSeconds(5))
        {
            group.Heartbeat(leader);
            group.Heartbeat(silent);
            group.Time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.Equal(ErrorCode.UnknownMemberId, group.Heartbeat(silent));
        Assert.Equal(ErrorCode.RebalanceInProgress, group.Heartbeat(leader));
    }

    [Fact]
    public async Task ShouldExpireMember_WhenHeartbeatsStop()
    {
        await using GroupFixture group = new();
        JoinGroupResult joined = (await group.Stable())[0];
        group.Time.Advance(GroupFixture.Session - TimeSpan.FromMilliseconds(1));
        Assert.Equal(ErrorCode.None, group.Heartbeat(joined));
        group.Time.Advance(GroupFixture.Session - TimeSpan.FromMilliseconds(1));
        Assert.Equal(GroupState.Stable, group.State);

        group.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(GroupState.Empty, group.State);
        Assert.Equal(ErrorCode.UnknownMemberId, group.Heartbeat(joined));
    }

    [Fact]
    public async Task ShouldKeepSessionAlive_WhenMemberOnlyCommits()
    {
        await using GroupFixture group = new();
        JoinGroupResult joined = (await group.Stable())[0];
        group.Time.Advance(GroupFixture.Session / 2);
        Assert.Equal(ErrorCode.None, await group.Commit(1, joined));

        group.Time.Advance(GroupFixture.Session - TimeSpan.FromMilliseconds(1));

        Assert.Equal(GroupState.Stable, group.State);
    }

    [Fact]
    public async Task ShouldRebalanceOnce_WhenSeveralMembersLeaveTogether()
    {
        await using GroupFixture group = new();
        JoinGroupResult[] members = await group.Stable("a", "b", "c");

        ErrorCode[] errors = await group.Coordinator.LeaveAsync(
            GroupFixture.GroupId,
            [new("", "a"), new("", "b"), new("", "ghost"), new(members[2].MemberId, "a")],
            CancellationToken.None
        );

        Assert.Equal([ErrorCode.None, ErrorCode.None, ErrorCode.UnknownMemberId, ErrorCode.UnknownMemberId], errors);
        JoinGroupResult rejoined = await group.Join(members[2].MemberId, "c");
        Assert.Equal(members[2].Generation + 1, rejoined.Generation);
        Assert.Equal(members[2].MemberId, rejoined.Leader);
    }

    [Fact]
    public async Task ShouldBecomeEmptyAndKeepOffsets_WhenLastMemberLeaves()
    {
        await using GroupFixture group = new();
        JoinGroupResult joined = (await group.Stable())[0];
        await group.Commit(42, joined);

        Assert.Equal(ErrorCode.None, await group.Leave(joined.MemberId));

        Assert.Equal(GroupState.Empty, group.State);
        Assert.Equal(42, group.Fetch().Offset?.Offset);
        Assert.Equal(joined.Generation + 2, (await group.Join()).Generation);
    }

    [Fact]
    public async Task ShouldKeepGenerationAndAssignment_WhenStaticMemberComesBack()
    {
        await using GroupFixture group = new();
        JoinGroupResult[] before = await group.Stable("a", "b");

        JoinGroupResult back = await group.Join(instanceId: before[1].Leader == before[1].MemberId ? "a" : "b");
        SyncGroupResult assigned = await group.Sync(back);

        Assert.Equal(before[0].Generation, back.Generation);
        Assert.DoesNotContain(before, member => member.MemberId == back.MemberId);
        Assert.Contains(before, member => member.MemberId == Encoding.UTF8.GetString(assigned.Assignment));
        Assert.Equal(GroupState.Stable, group.State);
    }

    [Fact]
    public async Task ShouldTellStaticLeaderToSkipAssignment_WhenItComesBack()
    {
        await using GroupFixture group = new();
        JoinGroupResult before = (await group.Stable("a"))[0];

        JoinGroupResult older = await group.Join(instanceId: "a");
        JoinGroupResult newer = await group.Join(GroupFixture.JoinCommand(instanceId: "a") with { SupportsSkippingAssignment = true });

        Assert.Equal(before.MemberId, older.Leader);
        Assert.Empty(older.Members);
        Assert.True(newer.SkipAssignment);
        Assert.Equal(newer.MemberId, newer.Leader);
        Assert.Single(newer.Members);
    }

    [Fact]
    public async Task ShouldFenceZombie_WhenStaticMemberWasReplaced()
    {
        await using GroupFixture group = new();
        JoinGroupResult zombie = (await group.Stable("a"))[0];

        JoinGroupResult heir = await group.Join(instanceId: "a");

        Assert.Equal(ErrorCode.FencedInstanceId, group.Heartbeat(zombie, "a"));
        Assert.Equal(ErrorCode.FencedInstanceId, (await group.Join(zombie.MemberId, "a")).Error);
        Assert.Equal(ErrorCode.FencedInstanceId, await group.Leave(zombie.MemberId, "a"));
        Assert.Equal(ErrorCode.None, group.Heartbeat(heir, "a"));
    }

    [Fact]
    public async Task ShouldWaitForStaticMember_WhenItIsAwayShorterThanItsSession()
    {
        await using GroupFixture group = new();
        JoinGroupResult[] members = await group.Stable("a", "b");

        group.Time.Advance(GroupFixture.Session / 2);
        Assert.Equal(GroupState.Stable, group.State);
        Assert.Equal(ErrorCode.None, group.Heartbeat(members[0], "a"));
        group.Time.Advance(GroupFixture.Session / 2);

        Assert.Equal(ErrorCode.RebalanceInProgress, group.Heartbeat(members[0], "a"));
        JoinGroupResult alone = await group.Join(members[0].MemberId, "a");
        Assert.Single(alone.Members);
    }

    [Fact]
    public async Task ShouldTurnMemberIntoZombie_WhenItsSessionIsExpiredFromOutside()
    {
        await using GroupFixture group = new();
        JoinGroupResult joined = (await group.Stable())[0];

        Assert.Equal(1, group.Coordinator.ExpireMembers(GroupFixture.GroupId, "client"));

        Assert.Equal(ErrorCode.UnknownMemberId, group.Heartbeat(joined));
        Assert.Equal(ErrorCode.UnknownMemberId, await group.Commit(1, joined));
        Assert.Equal(0, group.Coordinator.ExpireMembers("no such group", null));
    }

    [Fact]
    public async Task ShouldMakeMembersRejoin_WhenRebalanceIsForced()
    {
        await using GroupFixture group = new();
        Assert.False(group.Coordinator.ForceRebalance(GroupFixture.GroupId));
        JoinGroupResult joined = (await group.Stable())[0];

        Assert.True(group.Coordinator.ForceRebalance(GroupFixture.GroupId));

        Assert.Equal(ErrorCode.RebalanceInProgress, group.Heartbeat(joined));
        Assert.Equal(2, (await group.Join(joined.MemberId)).Generation);
    }
}
