using Millrace.Patterns;
using Millrace.Savepoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Tests.State;
using Xunit;

namespace Millrace.Tests.Patterns;

/// <summary>State as it was written when patterns were written at the barrier, each time as a whole (version 2).</summary>
public sealed class PatternVersion2Tests
{
    /// <summary>The parts of two tasks: waiting events, partial matches with a common beginning, and a match that waits for one.</summary>
    private static readonly string[] Golden =
    [
        "4D52545301000000023953747269637420617B312C317D202D3E2052656C61786564206D7B312C7D2052656C61786564202D3E20"
            + "52656C6178656420627B312C317D0107737472696E6707737472696E670001077265636F7264054974656D03044B657907737472"
            + "696E6707737472696E6700054B696E640563686172056368617200074E756D62657206696E74333206696E743332000202780A01"
            + "90030102786202050684020102786D0C02DC010102786D0A00C801010278610204F0010102786104089802010278620406000002"
            + "010101020100000003040100050204040202C801000302C801000301C801000204F00104010305F00104027A02000100A2020102"
            + "7A610801000000010100A202000001087061747465726E02107061747465726E732E736368656D610001088F0109706174746572"
            + "6E7301010797017B12010000000000002E00000083EF395F93200F8A5354524D",
        "4D52545301000000023953747269637420617B312C317D202D3E2052656C61786564206D7B312C7D2052656C61786564202D3E20"
            + "52656C6178656420627B312C317D0107737472696E6707737472696E670001077265636F7264054974656D03044B657907737472"
            + "696E6707737472696E6700054B696E640563686172056368617200074E756D62657206696E74333206696E743332000102790002"
            + "C0020102796106D4020102796D0E000000000102770001DEA71201027761100000000001087061747465726E0210706174746572"
            + "6E732E736368656D610001088F01097061747465726E7301020A9701170BAE0111BF000000000000003200000026B5266EE8EE2F"
            + "D75354524D",
    ];

    /// <summary>A match of a later beginning waits for one of an earlier: the last event has to fit the first.</summary>
    internal static Pattern<Item> Paired =>
        Pattern
            .Begin<Item>("a", AfterMatchSkipStrategy.SkipToNext())
            .Where(item => item.Kind == 'a')
            .FollowedBy("m")
            .Where(item => item.Kind == 'm')
            .OneOrMore()
            .FollowedBy("b")
            .Where((item, context) => item.Kind == 'b' && context.GetEventsForPattern("a")[0].Number == item.Number)
            .Within(TimeSpan.FromSeconds(1));

    internal static List<List<byte[]>> Parts => [.. Golden.Select(part => new List<byte[]> { Convert.FromHexString(part) })];

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(1, true)]
    [InlineData(3, true)]
    public void ShouldGoOn_WhenGoldenPartsAreRestored(int parallelism, bool isOnDisk)
    {
        using SmallStores stores = new();
        Func<IStateStore>? open = isOnDisk ? stores.Open : null;
        List<string> found = [];
        using PatternTasks tasks = new(list => PatternTasks.Create(Paired, list), parallelism, open, found, Parts, watermark: 150);

        After(tasks);

        Assert.Equal(WithoutCut(), PatternTasks.ByKey(found));
    }

    /// <summary>What is written next must not build on what is read.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldGoOn_WhenGoldenPartsWereRestoredAndWrittenAgain(bool isOnDisk)
    {
        using SmallStores stores = new();
        Func<IStateStore>? open = isOnDisk ? stores.Open : null;
        List<string> found = [];
        using PatternTasks before = new(list => PatternTasks.Create(Paired, list), 2, open, found, Parts, watermark: 150);
        List<List<byte[]>> written = before.Checkpoint();
        using PatternTasks tasks = new(list => PatternTasks.Create(Paired, list), 1, open: null, found, written, watermark: 150);

        After(tasks);

        Assert.Equal(WithoutCut(), PatternTasks.ByKey(found));
    }

    [Fact]
    public void ShouldBeShownAlike_InEitherVersion()
    {
        List<string> found = [];
        using PatternTasks tasks = new(list => PatternTasks.Create(Paired, list), 2, open: null, found);
        Before(tasks);
        PatternContents before = Contents(Parts);
        PatternContents now = Contents(tasks.Checkpoint());

        string[] lines = Lines(before);
        Assert.Equal(
            """{"key":"w","waiting":[{"timestamp":149999,"value":{"Key":"w","Kind":"a","Number":8}}],"partial":[],"completed":[]}""",
            lines[0]
        );
        Assert.EndsWith(
            """
            "completed":[[{"stage":0,"timestamp":120,"value":{"Key":"x","Kind":"a","Number":2}},{"stage":1,"timestamp":130,"value":{"Key":"x","Kind":"m","Number":6}},{"stage":2,"timestamp":140,"value":{"Key":"x","Kind":"b","Number":2}}]]}
            """,
            lines[1],
            StringComparison.Ordinal
        );
        Assert.Equal(
            """{"key":"z","waiting":[],"partial":[[{"stage":0,"timestamp":145,"value":{"Key":"z","Kind":"a","Number":4}}]],"completed":[]}""",
            lines[3]
        );
        Assert.Equal(lines, Lines(now));
        Assert.Equal((4L, 4L), (before.Count(), now.Count()));
        Assert.Equal((before.Keys?.ToString(), before.Values?.ToString()), (now.Keys?.ToString(), now.Values?.ToString()));
    }

    /// <summary>Changes of a checkpoint are put together, also those of a store.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldBeShownAsItIs_WhenCheckpointBuildsOnOthers(bool isOnDisk)
    {
        using SmallStores stores = new();
        Func<IStateStore>? open = isOnDisk ? stores.Open : null;
        using PatternTasks tasks = new(list => PatternTasks.Create(Paired, list), 1, open, []);
        for (int key = 0; key < 500; key++)
        {
            tasks.Push(new Item($"idle {key}", 'a', key), 100);
        }

        Before(tasks);
        tasks.Checkpoint();
        After(tasks);
        tasks.Push(new Item("x", 'a', 1), 300_000);
        List<List<byte[]>> written = tasks.Checkpoint();
        PatternContents changes = Contents(written);
        PatternContents whole = Contents(tasks.Checkpoint(isSelfContained: true));

        Assert.Contains(
            PatternTasks.ReaderOf(written, new KeyGroupRange(0, PatternTasks.MaxParallelism))!.KeyGroupSections("patterns"),
            static section => section.IsChange
        );
        Assert.Equal(Lines(whole), Lines(changes));
        Assert.Equal(whole.Count(), changes.Count());
    }

    internal static IEnumerable<string> WithoutCut()
    {
        List<string> found = [];
        using PatternTasks tasks = new(list => PatternTasks.Create(Paired, list), 1, open: null, found);
        Before(tasks);
        After(tasks);
        Assert.Equal(
            [
                "w: a=[a8] m=[m10] b=[b8]",
                "x: a=[a1] m=[m5, m6] b=[b1]",
                "x: a=[a2] m=[m6] b=[b2]",
                "y: a=[a3] m=[m7] b=[b3]",
                "z: a=[a4] m=[m9]@1145",
            ],
            PatternTasks.ByKey(found)
        );
        return PatternTasks.ByKey(found);
    }

    internal static void Before(PatternTasks tasks)
    {
        tasks.Push(new Item("x", 'a', 1), 100);
        tasks.Push(new Item("x", 'm', 5), 110);
        tasks.Push(new Item("x", 'a', 2), 120);
        tasks.Push(new Item("x", 'm', 6), 130);
        tasks.Push(new Item("x", 'b', 2), 140);
        tasks.Push(new Item("z", 'a', 4), 145);
        tasks.Watermark(150);
        tasks.Push(new Item("x", 'b', 1), 200);
        tasks.Push(new Item("y", 'a', 3), 160);
        tasks.Push(new Item("y", 'm', 7), 170);
        tasks.Push(new Item("w", 'a', 8), 149_999);
    }

    internal static void After(PatternTasks tasks)
    {
        tasks.Push(new Item("y", 'b', 3), 180);
        tasks.Watermark(1_000);
        tasks.Push(new Item("z", 'm', 9), 1_100);
        tasks.Watermark(1_200);
        tasks.Push(new Item("w", 'm', 10), 150_100);
        tasks.Push(new Item("w", 'b', 8), 150_200);
        tasks.Watermark(200_000);
    }

    private static PatternContents Contents(IReadOnlyList<List<byte[]>> written) =>
        new(
            PatternTasks.ReaderOf(written, new KeyGroupRange(0, PatternTasks.MaxParallelism))!,
            "patterns",
            PatternTasks.MaxParallelism,
            "pattern"
        );

    private static string[] Lines(PatternContents contents) =>
        [.. contents.Read().Select(static entry => SchemaJson.ToText(entry.WriteJson)).Order(StringComparer.Ordinal)];
}
