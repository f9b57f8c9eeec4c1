using Millrace.Operators;
using Millrace.State;
using Xunit;

namespace Millrace.Tests.State;

/// <summary>What a restore costs, counted in probes, which no other work on the machine changes.</summary>
public sealed class RestoreTests
{
    private const int Keys = 3_000;

    public static TheoryData<string> Tables => [.. RestoreCase.All.Where(restore => restore.IsTable).Select(restore => restore.Name)];

    public static TheoryData<string> Operators => [.. RestoreCase.All.Select(restore => restore.Name)];

    [Theory]
    [MemberData(nameof(Tables))]
    public void ShouldCostTwelveTimesTheProbesAtMost_WhenTenTimesTheKeysAreRestored(string name)
    {
        RestoreCase restore = Case(name);

        AssertLinear(keys => [restore.Write(keys)], parts => restore.Restore(parts));
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(1, 4)]
    [InlineData(3, 2)]
    public void ShouldCostTwelveTimesTheProbesAtMost_WhenParallelismChanges(int before, int after)
    {
        RestoreCase restore = Case("a value per key");

        AssertLinear(
            keys => [.. Enumerable.Range(0, before).Select(task => restore.Write(keys, task, before))],
            parts => restore.Restore(parts, task: 0, after),
            1.0 / after
        );
    }

    [Fact]
    public void ShouldCostTwelveTimesTheProbesAtMost_WhenAllKeysLieInOneKeyGroup()
    {
        Assert.InRange(ProbesOfCrowd(Keys * 10), Keys * 10, 12 * ProbesOfCrowd(Keys));
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public void ShouldWriteTheSameState_WhenItWasRestored(string name)
    {
        RestoreCase restore = Case(name);
        byte[] written = restore.Write(Keys);

        using StreamOperator restored = restore.Restore([written]);
        byte[] again = RestoreCase.Snapshot(restored);

        Assert.Equal(written.Length, again.Length);
        using StreamOperator twice = restore.Restore([again]);
        Assert.Equal(again.Length, RestoreCase.Snapshot(twice).Length);
    }

    private static RestoreCase Case(string name) => RestoreCase.All.Single(restore => restore.Name == name);

    private static void AssertLinear(Func<int, byte[][]> write, Func<byte[][], StreamOperator> restore, double share = 1)
    {
        long few = Probes(restore, write(Keys));
        long many = Probes(restore, write(Keys * 10));

        Assert.InRange(few, (long)(Keys * share * 0.8), long.MaxValue);
        Assert.InRange(many, few, 12 * few);
    }

    private static long Probes(Func<byte[][], StreamOperator> restore, byte[][] parts)
    {
        long before = RestoreProbes.OfThisThread;
        restore(parts).Dispose();
        return RestoreProbes.OfThisThread - before;
    }

    // One key with many timers or windows: all their hashes are in its group.
    private static long ProbesOfCrowd(int keys)
    {
        long before = RestoreProbes.OfThisThread;
        KeyGroupTable<int, int>.Loader loader = new KeyGroupTable<int, int>(KeyHashers.For<int>(), new HashRange(0, 1UL << 32)).Load();
        for (int key = 0; key < keys; key++)
        {
            loader.Add(key, HashRange.Spread(12345, HashMixing.Mix((ulong)key), RestoreCase.MaxParallelism)) = key;
        }

        Assert.Equal(0, loader.Complete());
        return RestoreProbes.OfThisThread - before;
    }
}
