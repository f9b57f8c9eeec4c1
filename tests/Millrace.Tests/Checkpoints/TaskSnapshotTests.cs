using System.Buffers;
using System.IO.Hashing;
using System.Text;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Xunit;

namespace Millrace.Tests.Checkpoints;

public sealed class TaskSnapshotTests
{
    private static readonly KeyGroupRange All = new(0, 128);

    [Fact]
    public void ShouldReadBackEverySection_WhenTaskIsTheSame()
    {
        TaskSnapshotReader part = Part(writer =>
        {
            ISnapshotWriter source = writer.Operator("source");
            source.Section("splits").WriteString("topic-0");
            ISnapshotWriter window = writer.Operator("window");
            window.Section("meta").WriteInt64(42);
            window.KeyGroupSection("panes", 7).WriteString("seven");
            window.KeyGroupSection("panes", 3).WriteString("three");
            window.KeyGroupSection("timers", 3).WriteInt32(5);
        });

        MergedSnapshotReader window = Merge([part], "window", All);
        Assert.Equal(["source", "window"], part.OperatorUids.Order(StringComparer.Ordinal));
        Assert.Equal(42, new DataReader(Assert.Single(window.Sections("meta")).Span).ReadInt64());
        Assert.Equal(["3:three", "7:seven"], window.KeyGroupSections("panes").Select(Describe));
        Assert.Equal(3, Assert.Single(window.KeyGroupSections("timers")).KeyGroup);
        Assert.Equal("topic-0", new DataReader(Assert.Single(Merge([part], "source", All).Sections("splits")).Span).ReadString());
        Assert.Empty(window.Sections("panes"));
        Assert.Empty(window.KeyGroupSections("absent"));
        Assert.Null(MergedSnapshotReader.Create([part], "other", All));
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(4, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 3)]
    [InlineData(7, 128)]
    public void ShouldGiveEachKeyGroupToItsNewOwnerOnly_WhenParallelismChanges(int before, int after)
    {
        TaskSnapshotReader[] parts =
        [
            .. Enumerable
                .Range(0, before)
                .Select(task =>
                    Part(writer =>
                    {
                        ISnapshotWriter keyed = writer.Operator("sum");
                        keyed.Section("task").WriteInt32(task);
                        KeyGroupRange range = KeyGroups.RangeOf(task, 128, before);
                        for (int keyGroup = range.Start; keyGroup < range.End; keyGroup++)
                        {
                            keyed.KeyGroupSection("value", keyGroup).WriteString($"{keyGroup}");
                        }
                    })
                ),
        ];

        List<int> seen = new();
        for (int task = 0; task < after; task++)
        {
            KeyGroupRange range = KeyGroups.RangeOf(task, 128, after);
            MergedSnapshotReader reader = Merge(parts, "sum", range);
            Assert.Equal(Enumerable.Range(0, before), reader.Sections("task").Select(section => new DataReader(section.Span).ReadInt32()));
            foreach (KeyGroupSection section in reader.KeyGroupSections("value"))
            {
                Assert.True(range.Contains(section.KeyGroup));
                Assert.Equal($"{section.KeyGroup}", new DataReader(section.Data.Span).ReadString());
                seen.Add(section.KeyGroup);
            }
        }

        Assert.Equal(Enumerable.Range(0, 128), seen);
    }

    [Fact]
    public void ShouldKeepContent_WhenSectionsAreLargerThanAChunk()
    {
        byte[] large = new byte[5_000_003];
        new Random(1).NextBytes(large);
        using TaskSnapshotWriter writer = new();
        ISnapshotWriter keyed = writer.Operator("big");
        keyed.KeyGroupSection("v", 0).WriteRaw(large);
        keyed.KeyGroupSection("v", 1).WriteRaw(large.AsSpan(1));
        using TaskSnapshot snapshot = writer.Complete();

        byte[] content = snapshot.Content.ToArray();
        Assert.Equal(snapshot.Size, content.Length);
        Assert.Equal(XxHash3.HashToUInt64(content), snapshot.ComputeChecksum());
        Assert.False(snapshot.HasOperatorState);
        IReadOnlyList<KeyGroupSection> sections = Merge([new TaskSnapshotReader(content, "part")], "big", All).KeyGroupSections("v");
        Assert.True(sections[0].Data.Span.SequenceEqual(large));
        Assert.True(sections[1].Data.Span.SequenceEqual(large.AsSpan(1)));
    }

    [Fact]
    public void ShouldKnowOperator_WhenItWroteNothing()
    {
        TaskSnapshotReader part = Part(writer => writer.Operator("map"));
        Assert.True(part.Contains("map"));
        Assert.Empty(Merge([part], "map", All).Sections("x"));
    }

    [Fact]
    public void ShouldWriteTheseBytes_WhenFormatIsVersion1()
    {
        byte[] bytes = Bytes(writer =>
        {
            ISnapshotWriter source = writer.Operator("src");
            source.Section("splits").WriteRaw("AB"u8);
            ISnapshotWriter window = writer.Operator("win");
            window.KeyGroupSection("v", 3).WriteRaw("CDE"u8);
            window.KeyGroupSection("v", 200).WriteRaw("F"u8);
            window.Section("empty");
        });

        const string Golden =
            "4D525453010000004142434445460204737263010773706C6974730001080204"
            + "77696E0202760102030A03C8010D0106656D70747900010E000E000000000000002B000000";
        Assert.Equal(Golden, Convert.ToHexString(bytes.AsSpan(0, bytes.Length - 12)));
        Assert.Equal(XxHash3.HashToUInt64(bytes.AsSpan(14, 43)), BitConverter.ToUInt64(bytes, bytes.Length - 12));
        Assert.Equal("STRM", Encoding.ASCII.GetString(bytes, bytes.Length - 4, 4));
    }

    [Fact]
    public void ShouldWriteTheseBytes_WhenSectionsShareWhatTheyBeginWith()
    {
        using TaskSnapshotWriter writer = new();
        writer.Carry("win", "v", new KeyGroupSection(3, "CDE"u8.ToArray(), TaskSnapshotFormat.BaseSection) { Header = "H"u8.ToArray() });
        writer.Carry("win", "v", new KeyGroupSection(200, "F"u8.ToArray(), TaskSnapshotFormat.BaseSection) { Header = "H"u8.ToArray() });
        using TaskSnapshot snapshot = writer.Complete();
        byte[] bytes = snapshot.Content.ToArray();

        const string Golden = "4D5254530300000043444546" + "010477696E01027602014802030803C8010B01" + "0C0000000000000013000000";
        Assert.Equal(Golden, Convert.ToHexString(bytes.AsSpan(0, bytes.Length - 12)));
        KeyGroupSection section = new TaskSnapshotReader(bytes, "part").KeyGroupSections().First().Section;
        Assert.Equal(
            (3, "H", "CDE"),
            (section.KeyGroup, Encoding.ASCII.GetString(section.Beginning), Encoding.ASCII.GetString(section.Data.Span))
        );
    }

    [Fact]
    public void ShouldSayWhatIsDamaged_WhenAnyByteOutsideTheSectionsIsChangedOrCut()
    {
        byte[] bytes = Bytes(writer => writer.Operator("op").Section("s").WriteRaw("0123456789"u8));
        for (int length = 0; length < bytes.Length; length++)
        {
            InvalidDataException cut = Assert.Throws<InvalidDataException>(() =>
                new TaskSnapshotReader(bytes.AsMemory(0, length), "part-7")
            );
            Assert.Contains("part-7", cut.Message, StringComparison.Ordinal);
        }

        for (int i = 0; i < bytes.Length; i++)
        {
            if (i is >= 5 and < 18)
            {
                continue;
            }

            byte[] damaged = [.. bytes];
            damaged[i] ^= 0x40;
            Assert.Throws<InvalidDataException>(() => new TaskSnapshotReader(damaged, "part-7"));
        }
    }

    [Fact]
    public void ShouldRefuse_WhenSectionOrOperatorIsWrittenTwice()
    {
        using TaskSnapshotWriter writer = new();
        ISnapshotWriter first = writer.Operator("a");
        first.Section("s");
        first.KeyGroupSection("s", 1);
        Assert.Throws<InvalidOperationException>(() => first.Section("s"));
        Assert.Throws<InvalidOperationException>(() => first.KeyGroupSection("s", 1));
        Assert.Throws<InvalidOperationException>(() => writer.Operator("a"));
        writer.Operator("b");
        Assert.Throws<InvalidOperationException>(() => first.Section("late"));
    }

    private static string Describe(KeyGroupSection section) => $"{section.KeyGroup}:{new DataReader(section.Data.Span).ReadString()}";

    /// <summary>Else parts that become one again and again have as many sections as there ever were.</summary>
    [Fact]
    public void ShouldMakeOneSectionOfChanges_WhenNoneSaysThatAKeyWasRemoved()
    {
        byte[][] parts =
        [
            PartOf(TaskSnapshotFormat.BaseSection, [.. Section(1), 9]),
            PartOf(TaskSnapshotFormat.ChangesSection, Section(0, 2, 1, 2)),
            PartOf(TaskSnapshotFormat.ChangesSection, Section(0, 1, 3)),
            PartOf(TaskSnapshotFormat.ChangesSection, [.. Section(1), 7, .. Section(1, 4)]),
            PartOf(TaskSnapshotFormat.ChangesSection, Section(0, 1, 5)),
            PartOf(TaskSnapshotFormat.ChangesSection, Section(0, 2, 6, 1)),
        ];
        using TaskSnapshot merged = MergedSnapshotReader.Merge([
            .. parts.Select(part => new TaskSnapshotReader(part, "part", isBuiltOn: true)),
        ]);

        Assert.Equal(
            [
                [.. Section(1), 9],
                Section(0, 3, 1, 2, 3),
                [.. Section(1), 7, .. Section(1, 4)],
                Section(0, 3, 5, 6, 1),
            ],
            Merge([new TaskSnapshotReader(merged.Content.ToArray(), "part")], "op", All)
                .KeyGroupSections("s")
                .Select(section => section.Data.ToArray())
        );

        static byte[] PartOf(byte kind, byte[] data)
        {
            using TaskSnapshotWriter writer = new();
            writer.Carry("op", "s", new KeyGroupSection(3, data, kind) { Header = new byte[] { 8 } });
            using TaskSnapshot snapshot = writer.Complete();
            return snapshot.Content.ToArray();
        }

        // Numbers of four bytes - keys that were removed, entries - and entries of one byte.
        static byte[] Section(int first, int? second = null, params byte[] entries) =>
            [.. BitConverter.GetBytes(first), .. second is { } count ? BitConverter.GetBytes(count) : [], .. entries];
    }

    private static MergedSnapshotReader Merge(IEnumerable<TaskSnapshotReader> parts, string uid, KeyGroupRange range)
    {
        MergedSnapshotReader? reader = MergedSnapshotReader.Create(parts, uid, range);
        Assert.NotNull(reader);
        return reader;
    }

    private static TaskSnapshotReader Part(Action<TaskSnapshotWriter> write) => new(Bytes(write), "part");

    private static byte[] Bytes(Action<TaskSnapshotWriter> write)
    {
        using TaskSnapshotWriter writer = new();
        write(writer);
        using TaskSnapshot snapshot = writer.Complete();
        return snapshot.Content.ToArray();
    }
}
