using Millrace.Serialization;
using Xunit;

namespace Millrace.Tests.Serialization;

public sealed class SchemaEvolutionTests
{
    [Fact]
    public void ShouldGiveDefault_WhenMemberWasAdded()
    {
        Assert.Equal(new Added.V2(1, null, 7), Bytes.Migrate<Added.V1, Added.V2>(new Added.V1(1)));
        Assert.Equal("initial", Bytes.Migrate<Added.V1, Added.Initialized>(new Added.V1(1)).Name);
    }

    [Fact]
    public void ShouldSkip_WhenMembersWereRemoved() =>
        Assert.Equal(
            new Removed.V2("kept"),
            Bytes.Migrate<Removed.V1, Removed.V2>(
                new Removed.V1(
                    [1, 2],
                    new Dictionary<string, decimal> { ["a"] = 1 },
                    new Removed.Part(1, Guid.Empty, DateTimeOffset.UnixEpoch),
                    5,
                    "kept",
                    1.5f,
                    [1],
                    true
                )
            )
        );

    [Fact]
    public void ShouldFollow_WhenMemberWasRenamedOrMoved() =>
        Assert.Equal(new Renamed.V2("b", 1), Bytes.Migrate<Renamed.V1, Renamed.V2>(new Renamed.V1(1, "b")));

    [Fact]
    public void ShouldWiden_WhenNumbersGotWider()
    {
        Assert.Equal(new Wide.V2(-1, 2, 1.5, 3, 4), Bytes.Migrate<Wide.V1, Wide.V2>(new Wide.V1(-1, 2, 1.5f, 3, 4)));
        Assert.Equal([1L, 2L], Bytes.Migrate<int[], List<long>>([1, 2])!);
        Assert.Equal((1L, "x"), Bytes.Migrate<(int, string), (long, string)>((1, "x")));
    }

    [Fact]
    public void ShouldNameBothShapes_WhenNumberGotNarrower()
    {
        StateMigrationException exception = Assert.Throws<StateMigrationException>(() =>
            Bytes.Migrate<Wide.V2, Wide.V1>(new Wide.V2(1, 2, 3, 4, 5))
        );

        Assert.Contains("Member 'V1.A'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'int64'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'int32'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldRefuse_WhenKindChanged() => Assert.Throws<StateMigrationException>(() => Bytes.Migrate<string, int>("1"));

    [Fact]
    public void ShouldReadSchemaBack_WhenItWasWritten()
    {
        TypeSchema schema = TypeSerializers.For<Removed.V1>().Schema;
        DataWriter writer = new();
        schema.WriteTo(writer);
        DataReader reader = new(writer.WrittenSpan);

        TypeSchema read = TypeSchema.ReadFrom(ref reader);

        Assert.True(reader.AtEnd);
        Assert.True(read.IsSameFormat(schema));
        Assert.Equal(schema.ToString(), read.ToString());
    }

    [Fact]
    public void ShouldRefuse_WhenSchemaIsOfALaterVersion() =>
        Assert.Throws<StateMigrationException>(() =>
        {
            DataReader reader = new([2, 0, 0, 0]);
            TypeSchema.ReadFrom(ref reader);
        });

    private static class Added
    {
        public sealed record V1(int Id);

        public sealed record V2(int Id, string? Name, int Rank = 7);

        public sealed class Initialized
        {
            public int Id { get; set; }

            public string Name { get; set; } = "initial";
        }
    }

    private static class Removed
    {
        public readonly record struct Part(sbyte A, Guid B, DateTimeOffset C);

        public sealed record V1(
            int[] Numbers,
            Dictionary<string, decimal> Map,
            Part Part,
            long? Maybe,
            string Kept,
            float F,
            byte[] Raw,
            bool B
        );

        public sealed record V2(string Kept);
    }

    private static class Renamed
    {
        public sealed record V1(int Id, string Name);

        public sealed record V2([property: RenamedFrom("Name")] string Title, int Id);
    }

    private static class Wide
    {
        public readonly record struct V1(int A, byte B, float C, short D, int E);

        public readonly record struct V2(long A, int B, double C, long D, long? E);
    }
}
