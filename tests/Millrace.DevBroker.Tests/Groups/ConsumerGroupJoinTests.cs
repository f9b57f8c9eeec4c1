using Millrace.DevBroker.Groups;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Groups;

public class ConsumerGroupJoinTests
{
    [Fact]
    public async Task ShouldMakeFirstMemberLeaderOfGenerationOne_WhenGroupIsNew()
    {
        await using GroupFixture group = new();

        JoinGroupResult joined = await group.Join();

        Assert.Equal(ErrorCode.None, joined.Error);
        Assert.Equal(1, joined.Generation);
        Assert.Equal(joined.MemberId, joined.Leader);
        Assert.Equal("range", joined.ProtocolName);
        Assert.Equal(joined.MemberId, Assert.Single(joined.Members).MemberId);
        Assert.Equal(GroupState.CompletingRebalance, group.State);
    }

    [Fact]
    public async Task ShouldHandOutMemberIdFirst_WhenClientKnowsHowToComeBack()
    {
        await using GroupFixture group = new();

        JoinGroupResult first = await group.Join(GroupFixture.JoinCommand() with { RequiresKnownMemberId = true });
        JoinGroupResult second = await group.Join(first.MemberId);

        Assert.Equal(ErrorCode.MemberIdRequired, first.Error);
        Assert.Equal(ErrorCode.None, second.Error);
        Assert.Equal(first.MemberId, second.MemberId);
    }

    [Fact]
    public async Task ShouldForgetMemberIdHandedOut_WhenNobodyComesBackWithIt()
    {
        await using GroupFixture group = new();
        JoinGroupResult first = await group.Join(GroupFixture.JoinCommand() with { RequiresKnownMemberId = true });

        group.Time.Advance(GroupFixture.Session);

        Assert.Equal(ErrorCode.UnknownMemberId, (await group.Join(first.MemberId)).Error);
    }

    [Fact]
    public async Task ShouldWaitForMoreMembers_WhenInitialDelayIsSet()
    {
        await using GroupFixture group = new(initialDelay: TimeSpan.FromSeconds(3));
        Task<JoinGroupResult> first = group.Join();
        group.Time.Advance(TimeSpan.FromSeconds(2));
        Task<JoinGroupResult> second = group.Join();
        group.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(first.IsCompleted);

        group.Time.Advance(TimeSpan.FromSeconds(3));

        JoinGroupResult[] joined = await Task.WhenAll(first, second);
        Assert.All(joined, each => Assert.Equal(1, each.Generation));
        Assert.Single(joined, each => each.Members.Count == 2);
    }

    [Fact]
    public async Task ShouldPickProtocolThatAllSpeak_WhenMembersDiffer()
    {
        await using GroupFixture group = new(initialDelay: TimeSpan.FromSeconds(1));
        Task<JoinGroupResult> first = group.Join("", null, "a", "cooperative-sticky", "range");
        Task<JoinGroupResult> second = group.Join("", null, "b", "range", "roundrobin");

        group.Time.Advance(TimeSpan.FromSeconds(1));
        group.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.All(await Task.WhenAll(first, second), each => Assert.Equal("range", each.ProtocolName));
    }

    [Fact]
    public async Task ShouldRefuseMember_WhenItSharesNoProtocol()
    {
        await using GroupFixture group = new();
        await group.Stable();

        Assert.Equal(ErrorCode.InconsistentGroupProtocol, (await group.Join("", null, "a", "other")).Error);
        Assert.Equal(
            ErrorCode.InconsistentGroupProtocol,
            (await group.Join(GroupFixture.JoinCommand() with { ProtocolType = "connect" })).Error
        );
    }

    [Theory]
    [InlineData("", 10_000, ErrorCode.InvalidGroupId)]
    [InlineData("g", 1, ErrorCode.InvalidSessionTimeout)]
    [InlineData("g", 7_200_000, ErrorCode.InvalidSessionTimeout)]
    public async Task ShouldRefuseJoin_WhenRequestIsOutOfBounds(string groupId, int sessionMs, object expected)
    {
        await using GroupFixture group = new();

        JoinGroupResult joined = await group.Join(
            GroupFixture.JoinCommand() with
            {
                GroupId = groupId,
                SessionTimeout = TimeSpan.FromMilliseconds(sessionMs),
            }
        );

        Assert.Equal((ErrorCode)expected, joined.Error);
    }

    [Fact]
    public async Task ShouldAnswerUnknownMember_WhenGroupOrMemberDoesNotExist()
    {
        await using GroupFixture group = new();
        Assert.Equal(ErrorCode.UnknownMemberId, (await group.Join("ghost")).Error);

        await group.Stable();

        Assert.Equal(ErrorCode.UnknownMemberId, (await group.Join("ghost")).Error);
    }

    [Fact]
    public async Task ShouldTellOthersToRejoin_WhenMemberJoins()
    {
        await using GroupFixture group = new();
        JoinGroupResult first = (await group.Stable())[0];

        Task<JoinGroupResult> joining = group.Join();
        Assert.Equal(ErrorCode.RebalanceInProgress, group.Heartbeat(first));
        Assert.False(joining.IsCompleted);
        JoinGroupResult rejoined = await group.Join(first.MemberId);
        JoinGroupResult second = await joining;

        Assert.Equal(2, rejoined.Generation);
        Assert.Equal(2, second.Generation);
        Assert.Equal(2, rejoined.Members.Count);
        Assert.Empty(second.Members);
    }

    [Fact]
    public async Task ShouldGoOnWithoutMember_WhenItDoesNotRejoinInTime()
    {
        await using GroupFixture group = new();
        JoinGroupResult first = (await group.Stable())[0];
        Task<JoinGroupResult> joining = group.Join();

        for (TimeSpan waited = TimeSpan.Zero; waited < GroupFixture.Rebalance; waited += TimeSpan.FromSeconds(5))
        {
            // It stays alive, but does not come.
            Assert.Equal(ErrorCode.RebalanceInProgress, group.Heartbeat(first));
            group.Time.Advance(TimeSpan.FromSeconds(5));
        }

        JoinGroupResult second = await joining;
        Assert.Equal(second.MemberId, second.Leader);
        Assert.Equal(ErrorCode.UnknownMemberId, group.Heartbeat(first));
    }

    [Fact]
    public async Task ShouldRepeatGeneration_WhenFollowerRejoinsUnchanged()
    {
        await using GroupFixture group = new();
        JoinGroupResult[] members = await group.Stable("a", "b");
        JoinGroupResult follower = members.Single(member => !string.Equals(member.MemberId, member.Leader, StringComparison.Ordinal));

        JoinGroupResult again = await group.Join(follower.MemberId);

        Assert.Equal(follower.Generation, again.Generation);
        Assert.Equal(GroupState.Stable, group.State);
    }

    [Fact]
    public async Task ShouldRebalance_WhenLeaderRejoinsOrSubscriptionChanges()
    {
        await using GroupFixture group = new();
        JoinGroupResult first = (await group.Stable())[0];

        JoinGroupResult byLeader = await group.Join(first.MemberId);
        await group.SyncAll(byLeader);
        JoinGroupResult changed = await group.Join(first.MemberId, metadata: "other topics");

        Assert.Equal(first.Generation + 1, byLeader.Generation);
        Assert.Equal(first.Generation + 2, changed.Generation);
    }

    [Fact]
    public async Task ShouldKeepAssignmentsByGeneration_WhenCooperativeMembersRejoinTwice()
    {
        // The first rebalance takes partitions away, the second hands them on: two generations in a row, members keep what they name as
        // owned.
        await using GroupFixture group = new();
        JoinGroupResult first = (await group.Stable())[0];
        Task<JoinGroupResult> joining = group.Join();
        JoinGroupResult rejoined = await group.Join(first.MemberId, metadata: "owns 0,1");
        JoinGroupResult second = await joining;
        await group.SyncAll(rejoined, second);

        // Having revoked partition 1, the first asks for the second rebalance; the other learns of it by heartbeat.
        Task<JoinGroupResult> revoked = group.Join(first.MemberId, metadata: "owns 0");
        Assert.Equal(ErrorCode.RebalanceInProgress, group.Heartbeat(second));
        JoinGroupResult followed = await group.Join(second.MemberId, metadata: "owns nothing");
        await group.SyncAll(await revoked, followed);

        Assert.Equal(3, followed.Generation);
        Assert.Equal(ErrorCode.IllegalGeneration, await group.Commit(1, rejoined));
        Assert.Equal(ErrorCode.None, await group.Commit(1, await revoked));
    }
}
