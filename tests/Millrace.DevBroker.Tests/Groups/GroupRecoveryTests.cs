using System.Text;
using Millrace.DevBroker.Groups;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Groups;

public class GroupRecoveryTests
{
    [Fact]
    public async Task ShouldGoOnWithSameGeneration_WhenBrokerRestarts()
    {
        await using GroupFixture before = new();
        JoinGroupResult[] members = await before.Stable("a", "b");
        await before.Commit(42, members[0] with { MemberId = members[0].MemberId });

        await using GroupFixture after = before.Restart();

        Assert.Equal(GroupState.Stable, after.State);
        Assert.Equal(ErrorCode.None, after.Heartbeat(members[0], "a"));
        Assert.Equal(ErrorCode.None, after.Heartbeat(members[1], "b"));
        Assert.Equal(members[1].MemberId, Encoding.UTF8.GetString((await after.Sync(members[1])).Assignment));
        Assert.Equal(42, after.Fetch().Offset?.Offset);
        Assert.Equal(ErrorCode.None, await after.Commit(43, members[1]));
    }

    [Fact]
    public async Task ShouldExpireMembers_WhenTheyDoNotComeBackAfterRestart()
    {
        await using GroupFixture before = new();
        await before.Stable();
        await using GroupFixture after = before.Restart();

        after.Time.Advance(GroupFixture.Session);

        Assert.Equal(GroupState.Empty, after.State);
    }

    [Theory]
    [InlineData(true, 9L)]
    [InlineData(false, 5L)]
    public async Task ShouldEndTransactionWithItsOffsets_WhenBrokerRestartsBetween(bool commit, long expected)
    {
        await using GroupFixture before = new();
        await before.Commit(5);
        await before.CommitPending(9, 77);

        await using GroupFixture after = before.Restart();
        Assert.True(after.Fetch(requireStable: true).IsUnstable);
        await after.Coordinator.EndTransactionAsync(GroupFixture.GroupId, 77, commit, CancellationToken.None);
        await using GroupFixture last = after.Restart();

        Assert.Equal(expected, last.Fetch(requireStable: true).Offset?.Offset);
    }

    [Fact]
    public async Task ShouldStayDeleted_WhenBrokerRestarts()
    {
        await using GroupFixture before = new();
        await before.Commit(5);
        await before.CommitPending(9, 77);
        await before.Coordinator.DeleteGroupAsync(GroupFixture.GroupId, CancellationToken.None);

        await using GroupFixture after = before.Restart();

        Assert.Empty(after.Coordinator.List());
    }
}
