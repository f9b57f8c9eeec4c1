using Millrace.DevBroker.Groups;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Groups;

public class GroupOffsetsTests
{
    [Fact]
    public async Task ShouldCommitOnlyForCurrentGeneration_WhenGroupHasMembers()
    {
        await using GroupFixture group = new();
        JoinGroupResult joined = (await group.Stable())[0];

        Assert.Equal(ErrorCode.IllegalGeneration, await group.Commit(5, joined with { Generation = 7 }));
        Assert.Equal(ErrorCode.UnknownMemberId, await group.Commit(5, joined with { MemberId = "ghost" }));
        Assert.Equal(ErrorCode.UnknownMemberId, await group.Commit(5));
        Assert.Null(group.Fetch().Offset);
        Assert.Equal(ErrorCode.None, await group.Commit(5, joined));
        Assert.Equal(5, group.Fetch().Offset?.Offset);
        Assert.Equal("note", group.Fetch().Offset?.Metadata);
    }

    [Fact]
    public async Task ShouldAskForPatience_WhenCommittingBeforeTheAssignmentIsThere()
    {
        await using GroupFixture group = new();
        JoinGroupResult joined = await group.Join();

        Assert.Equal(ErrorCode.RebalanceInProgress, await group.Commit(5, joined));
    }

    [Fact]
    public async Task ShouldTakeCommitWithoutMembership_WhenGroupIsEmptyOrNew()
    {
        await using GroupFixture group = new();

        Assert.Equal(ErrorCode.None, await group.Commit(5));
        Assert.Equal(5, group.Fetch().Offset?.Offset);
        Assert.Equal(GroupState.Empty, group.State);
    }

    [Fact]
    public async Task ShouldRefuseCommit_WhenGroupIsUnknownButGenerationIsNot()
    {
        await using GroupFixture group = new();

        Assert.Equal(ErrorCode.IllegalGeneration, await group.Commit(5, new JoinGroupResult { Generation = 3, MemberId = "m" }));
        Assert.Empty(group.Coordinator.List());
    }

    [Theory]
    [InlineData(true, 9L)]
    [InlineData(false, 5L)]
    public async Task ShouldShowPendingOffsetsOnlyAfterCommit_WhenCommittedInTransaction(bool commit, long expected)
    {
        await using GroupFixture group = new();
        await group.Commit(5);
        await group.CommitPending(9, producerId: 77);

        Assert.Equal(5, group.Fetch().Offset?.Offset);
        Assert.True(group.Fetch(requireStable: true).IsUnstable);
        Assert.False(group.Fetch(partition: 1, requireStable: true).IsUnstable);
        await group.Coordinator.EndTransactionAsync(GroupFixture.GroupId, 77, commit, CancellationToken.None);

        Assert.Equal(expected, group.Fetch().Offset?.Offset);
        Assert.False(group.Fetch(requireStable: true).IsUnstable);
    }

    [Fact]
    public async Task ShouldKeepLaterCommit_WhenOlderTransactionEndsAfterIt()
    {
        await using GroupFixture group = new();
        await group.CommitPending(9, producerId: 77);
        await group.Commit(12);

        await group.Coordinator.EndTransactionAsync(GroupFixture.GroupId, 77, commit: true, CancellationToken.None);

        Assert.Equal(12, group.Fetch().Offset?.Offset);
    }

    [Fact]
    public async Task ShouldCheckMember_WhenCommittingInTransactionWithGeneration()
    {
        await using GroupFixture group = new();
        JoinGroupResult joined = (await group.Stable())[0];

        Assert.Equal(ErrorCode.None, await group.CommitPending(1, 77, joined));
        Assert.Equal(ErrorCode.IllegalGeneration, await group.CommitPending(1, 77, joined with { Generation = 9 }));
        Assert.Equal(ErrorCode.UnknownMemberId, await group.CommitPending(1, 77, joined with { MemberId = "ghost" }));
    }

    [Fact]
    public async Task ShouldExpireOffsetsAndGroup_WhenRetentionHasPassedSinceItBecameEmpty()
    {
        await using GroupFixture group = new();
        JoinGroupResult joined = (await group.Stable())[0];
        await group.Commit(5, joined);
        await group.Leave(joined.MemberId);
        group.Time.Advance(TimeSpan.FromDays(6.9));
        Assert.Equal(5, group.Fetch().Offset?.Offset);
        group.Time.Advance(TimeSpan.FromDays(0.2));

        Assert.Null(group.Fetch().Offset);
        Assert.Empty(group.Coordinator.List());
    }

    [Fact]
    public async Task ShouldDeleteOffsets_WhenNobodyReadsTheTopic()
    {
        await using GroupFixture group = new();
        await group.Commit(5);
        await group.Commit(6, topic: "u");

        (ErrorCode error, ErrorCode[]? byPartition) = await group.Coordinator.DeleteOffsetsAsync(
            GroupFixture.GroupId,
            [new TopicPartition("t", 0), new TopicPartition("t", 9)],
            CancellationToken.None
        );

        Assert.Equal(ErrorCode.None, error);
        Assert.Equal([ErrorCode.None, ErrorCode.None], byPartition);
        Assert.Null(group.Fetch().Offset);
        Assert.Equal(6, group.Fetch("u").Offset?.Offset);
    }

    [Fact]
    public async Task ShouldKeepOffsets_WhenMemberReadsTheTopic()
    {
        await using GroupFixture group = new();

        // A subscription: version 0, one topic named "t".
        JoinGroupResult joined = await group.Join(metadata: "\0\0\0\0\0\u0001\0\u0001t\0\0\0\0");
        await group.SyncAll(joined);
        await group.Commit(5, joined);
        await group.Commit(6, joined, topic: "u");

        (_, ErrorCode[]? byPartition) = await group.Coordinator.DeleteOffsetsAsync(
            GroupFixture.GroupId,
            [new TopicPartition("t", 0), new TopicPartition("u", 0)],
            CancellationToken.None
        );

        Assert.Equal([ErrorCode.GroupSubscribedToTopic, ErrorCode.None], byPartition);
        Assert.Equal(5, group.Fetch().Offset?.Offset);
        Assert.Null(group.Fetch("u").Offset);
    }

    [Fact]
    public async Task ShouldForgetOffsets_WhenTopicIsDeleted()
    {
        await using GroupFixture group = new();
        await group.Commit(5);
        await group.CommitPending(6, 77);

        group.Coordinator.ForgetTopic("t");
        await group.Coordinator.EndTransactionAsync(GroupFixture.GroupId, 77, commit: true, CancellationToken.None);

        Assert.Null(group.Fetch().Offset);
    }

    [Fact]
    public async Task ShouldDeleteGroup_OnlyWhenItHasNoMembers()
    {
        await using GroupFixture group = new();
        JoinGroupResult joined = (await group.Stable())[0];

        Assert.Equal(ErrorCode.NonEmptyGroup, await group.Coordinator.DeleteGroupAsync(GroupFixture.GroupId, CancellationToken.None));
        await group.Leave(joined.MemberId);
        Assert.Equal(ErrorCode.None, await group.Coordinator.DeleteGroupAsync(GroupFixture.GroupId, CancellationToken.None));
        Assert.Equal(ErrorCode.GroupIdNotFound, await group.Coordinator.DeleteGroupAsync(GroupFixture.GroupId, CancellationToken.None));
        Assert.Null(group.Coordinator.Describe(GroupFixture.GroupId));
    }

    [Fact]
    public async Task ShouldTellEachCommitItsOwnFate_WhenTheJournalFailsInBetween()
    {
        Transactions.CrashableJournal journal = new();
        await using GroupCoordinator groups = new(
            new GroupCoordinatorOptions(),
            TimeProvider.System,
            journal,
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance
        );
        async Task<ErrorCode> Commit(long offset) =>
            await groups.CommitOffsetsAsync(
                new OffsetCommitCommand { GroupId = "g", Offsets = [new OffsetToCommit(new TopicPartition("t", 0), offset, -1, null)] },
                CancellationToken.None
            );

        Assert.Equal(ErrorCode.None, await Commit(1));
        journal.CrashAfter(0);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, await Commit(2));
        journal.CrashAfter(int.MaxValue);
        Assert.Equal(ErrorCode.None, await Commit(3));
    }
}
