using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Tests.Operators;
using Xunit;

namespace Millrace.Tests.Serialization;

/// <summary>The constants of an enum come back by name, whatever numbers they have in the version that restores.</summary>
public sealed class EnumStateTests
{
    private const int Groups = 128;

    [Fact]
    public void ShouldComeBackByName_WhenAConstantWasInserted()
    {
        Assert.Equal(Orders.V2.Paid, Bytes.Migrate<Orders.V1, Orders.V2>(Orders.V1.Paid));
        Assert.Equal(Orders.V2.New, Bytes.Migrate<Orders.V1, Orders.V2>(Orders.V1.New));
        Assert.Equal(new Held<Orders.V2>(Orders.V2.Paid, null), Bytes.Migrate<Held<Orders.V1>, Held<Orders.V2>>(new(Orders.V1.Paid, null)));
        Assert.Equal(
            new Held<Orders.V2>(default, Orders.V2.Paid),
            Bytes.Migrate<Held<Orders.V1>, Held<Orders.V2>>(new(default, Orders.V1.Paid))
        );
        Assert.Equal(Orders.V2.Paid, Bytes.Migrate<Orders.V1?, Orders.V2?>(Orders.V1.Paid));
        Assert.Equal([Orders.V2.Paid, Orders.V2.New], Bytes.Migrate<Orders.V1[], List<Orders.V2>>([Orders.V1.Paid, Orders.V1.New]));
        Assert.Equal((1, Orders.V2.Paid), Bytes.Migrate<(int, Orders.V1), (int, Orders.V2)>((1, Orders.V1.Paid)));
        Dictionary<Orders.V2, int> map = Bytes.Migrate<Dictionary<Orders.V1, int>, Dictionary<Orders.V2, int>>(
            new() { [Orders.V1.New] = 1, [Orders.V1.Paid] = 2 }
        );
        Assert.Equal([new(Orders.V2.New, 1), new(Orders.V2.Paid, 2)], map.OrderBy(entry => entry.Key));
    }

    [Fact]
    public void ShouldComeBackByName_WhenConstantsChangedPlaces()
    {
        Assert.Equal(Swapped.V2.A, Bytes.Migrate<Swapped.V1, Swapped.V2>(Swapped.V1.A));
        Assert.Equal(Swapped.V2.B, Bytes.Migrate<Swapped.V1, Swapped.V2>(Swapped.V1.B));
        Assert.Equal(Swapped.Wider.B, Bytes.Migrate<Swapped.V1, Swapped.Wider>(Swapped.V1.B));
    }

    [Fact]
    public void ShouldBeRefusedWithItsName_WhenConstantIsGone()
    {
        StateMigrationException exception = Assert.Throws<StateMigrationException>(() =>
            Bytes.Migrate<Orders.V2, Orders.V1>(Orders.V2.Reserved)
        );

        Assert.Contains("'Reserved' (1)", exception.Message, StringComparison.Ordinal);
        Assert.Contains("[RenamedFrom(\"Reserved\")]", exception.Message, StringComparison.Ordinal);
        Assert.Equal(Orders.V1.Paid, Bytes.Migrate<Orders.V2, Orders.V1>(Orders.V2.Paid));
    }

    [Fact]
    public void ShouldFollow_WhenConstantWasRenamed() =>
        Assert.Equal(Orders.V3.Settled, Bytes.Migrate<Orders.V1, Orders.V3>(Orders.V1.Paid));

    [Fact]
    public void ShouldKeepTheNumber_WhenItHasNoName()
    {
        Assert.Equal((Orders.V2)77, Bytes.Migrate<Orders.V1, Orders.V2>((Orders.V1)77));
        Assert.Equal((Orders.V1)77, Bytes.Read<Orders.V1>(Bytes.Write((Orders.V1)77)));
        Assert.Equal((Swapped.Wider)250, Bytes.Migrate<Swapped.V1, Swapped.Wider>((Swapped.V1)250));
    }

    [Fact]
    public void ShouldMapEachFlag_WhenFlagsMoved()
    {
        Assert.Equal(Flags.V2.Read | Flags.V2.Write, Bytes.Migrate<Flags.V1, Flags.V2>(Flags.V1.Read | Flags.V1.Write));
        Assert.Equal(Flags.V2.Read | Flags.V2.Write, Bytes.Migrate<Flags.V1, Flags.V2>(Flags.V1.All));
        Assert.Equal(default, Bytes.Migrate<Flags.V1, Flags.V2>(default));
        Assert.Equal(Flags.V2.Write | (Flags.V2)64, Bytes.Migrate<Flags.V1, Flags.V2>(Flags.V1.Write | (Flags.V1)64));
        Assert.Equal(Flags.V2.Mask | Flags.V2.Write, Bytes.Migrate<Flags.V1, Flags.V2>(Flags.V1.Mask | Flags.V1.Write));
        Assert.Contains(
            "'Old' (32)",
            Assert.Throws<StateMigrationException>(() => Bytes.Migrate<Flags.V1, Flags.V2>(Flags.V1.Read | Flags.V1.Old)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void ShouldReadNumbers_WhenCheckpointIsOlderThanTheNames()
    {
        TypeSchema old = TypeSchema.Leaf("int32");
        TypeSchema record = new(
            "record",
            "Held",
            [new("Value", old), new("Maybe", new TypeSchema("nullable", "int32?", [new("value", old)]))]
        );

        Assert.Equal(Orders.V2.Reserved, Bytes.Read(TypeSerializers.For<Orders.V2>().ForWritten(old), Bytes.Write(1)));
        Assert.Equal(
            new Held<Orders.V2>(Orders.V2.Reserved, Orders.V2.Paid),
            Bytes.Read(TypeSerializers.For<Held<Orders.V2>>().ForWritten(record), [1, 2, 1, 4])
        );
        Assert.Equal(
            Swapped.Wider.B,
            Bytes.Read(TypeSerializers.For<Swapped.Wider>().ForWritten(TypeSchema.Leaf("uint8")), Bytes.Write((byte)2))
        );
    }

    [Fact]
    public void ShouldReadAsNumber_WhenEnumBecameANumberOrTheOtherWayRound()
    {
        Assert.Equal(1L, Bytes.Migrate<Orders.V1, long>(Orders.V1.Paid));
        Assert.Equal(2, Bytes.Migrate<Swapped.V1, int>(Swapped.V1.B));
        Assert.Equal(Orders.V1.Paid, Bytes.Migrate<int, Orders.V1>(1));
        Assert.Equal("kept", Bytes.Migrate<Removed.V1, Removed.V2>(new(Orders.V1.Paid, [Orders.V1.New], "kept")).Kept);
    }

    [Fact]
    public void ShouldKeepFormat_WhenVersionsGoBy()
    {
        Assert.Equal("02", Convert.ToHexString(Bytes.Write(Orders.V1.Paid)));
        Assert.Equal("enum V1 { number: int32, New=0: constant, Paid=1: constant }", TypeSerializers.For<Orders.V1>().Schema.ToString());
        Assert.Equal(
            "flags V1 { number: int32, Read=1: constant, Write=2: constant, All=3: constant, Mask=24: constant, Old=32: constant }",
            TypeSerializers.For<Flags.V1>().Schema.ToString()
        );
        Assert.Equal(0x63033B0Cu, KeyHashers.For<DayOfWeek>().Hash(DayOfWeek.Friday));
    }

    [Fact]
    public void ShouldFindItsState_WhenKeyIsAnEnumThatGotNewNumbers()
    {
        MemorySnapshot snapshot = Snapshot(Orders.V1.New, Orders.V1.Paid);

        KeyedStateBackend<Orders.V2> restored = Backend<Orders.V2>(snapshot, new KeyGroupRange(0, Groups));

        Assert.Equal("Paid", ValueOf(restored, Orders.V2.Paid));
        Assert.Equal("New", ValueOf(restored, Orders.V2.New));
        Assert.Null(ValueOf(restored, Orders.V2.Reserved));
    }

    [Fact]
    public void ShouldSayWhatToDo_WhenKeyWithANewNumberBelongsToAnotherTask()
    {
        int group = KeyGroups.KeyGroupOf(KeyHashers.For<Orders.V1>().Hash(Orders.V1.Paid), Groups);

        StateMigrationException exception = Assert.Throws<StateMigrationException>(() =>
            ValueOf(Backend<Orders.V2>(Snapshot(Orders.V1.Paid), new KeyGroupRange(group, group + 1)), Orders.V2.Paid)
        );

        Assert.Contains("Key 'Paid'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("parallelism 1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldRestore_WhenCheckpointHasEnumKeysWithoutNames()
    {
        MemorySnapshot snapshot = new();
        MemorySnapshot.TaskWriter writer = snapshot.CreateWriter();
        KeyedStateBackend<int> numbers = new(
            new KeyContext<int>(KeyHashers.For<int>(), TypeSerializers.For<int>(), new KeyGroupRange(0, Groups), Groups),
            static () => 0,
            restored: null
        );
        numbers.Keys.Set(1, KeyHashers.For<int>().Hash(1));
        numbers.Global.GetState(new ValueStateDescriptor<string>("v")).Update("one");
        numbers.Snapshot(writer);
        writer.End();

        Assert.Equal("one", ValueOf(Backend<Orders.V1>(snapshot, new KeyGroupRange(0, Groups)), Orders.V1.Paid));
    }

    private static MemorySnapshot Snapshot(params Orders.V1[] keys)
    {
        MemorySnapshot snapshot = new();
        MemorySnapshot.TaskWriter writer = snapshot.CreateWriter();
        KeyedStateBackend<Orders.V1> backend = Backend<Orders.V1>(null, new KeyGroupRange(0, Groups));
        foreach (Orders.V1 key in keys)
        {
            backend.Keys.Set(key, KeyHashers.For<Orders.V1>().Hash(key));
            backend.Global.GetState(new ValueStateDescriptor<string>("v")).Update(key.ToString());
        }

        backend.Snapshot(writer);
        writer.End();
        return snapshot;
    }

    private static string? ValueOf<TKey>(KeyedStateBackend<TKey> backend, TKey key)
        where TKey : notnull
    {
        backend.Keys.Set(key, KeyHashers.For<TKey>().Hash(key));
        return backend.Global.GetState(new ValueStateDescriptor<string>("v")).Value;
    }

    private static KeyedStateBackend<TKey> Backend<TKey>(MemorySnapshot? snapshot, KeyGroupRange range)
        where TKey : notnull =>
        new(
            new KeyContext<TKey>(KeyHashers.For<TKey>(), TypeSerializers.For<TKey>(), range, Groups),
            static () => 0,
            snapshot?.ReaderOf(range)
        );

    private static class Orders
    {
        public enum V1
        {
            New,
            Paid,
        }

        public enum V2
        {
            New,
            Reserved,
            Paid,
        }

        public enum V3
        {
            New,
            Reserved,

            [RenamedFrom("Paid")]
            Settled,
        }
    }

    private static class Swapped
    {
        public enum V1 : byte
        {
            A = 1,
            B = 2,
        }

        public enum V2 : byte
        {
            B = 1,
            A = 2,
        }

        public enum Wider : ulong
        {
            B = 2,
            C = 3,
            A = ulong.MaxValue,
        }
    }

#pragma warning disable MA0062 // A constant of two bits that have no names of their own is one of the cases.
    private static class Flags
    {
        [Flags]
        public enum V1
        {
            Read = 1,
            Write = 2,
            All = Read | Write,
            Mask = 24,
            Old = 32,
        }

        [Flags]
        public enum V2
        {
            Write = 1,
            Execute = 2,
            Read = 4,
            All = Write | Execute | Read,
            Mask = 24,
        }
    }
#pragma warning restore MA0062

    private static class Removed
    {
        public sealed record V1(Orders.V1 Gone, Orders.V1[] Many, string Kept);

        public sealed record V2(string Kept);
    }

    private sealed record Held<T>(T Value, T? Maybe)
        where T : struct, Enum;
}
