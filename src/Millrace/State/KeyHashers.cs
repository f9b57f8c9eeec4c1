using System.Collections.Concurrent;
using System.IO.Hashing;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Millrace.Serialization;

namespace Millrace.State;

/// <summary>
/// Finds the stable hasher of a type of keys: integers, enums, <see cref="string"/>, <see cref="bool"/>, <see cref="char"/>,
/// <see cref="Guid"/>, dates, tuples, and records and structs made of these. Keys that are equal have one hash, also where they differ in
/// their bytes as 1.5 and 1.50, or one instant in two offsets, do; a type for which that cannot be shown is refused.
/// </summary>
public static class KeyHashers
{
    private static readonly ConcurrentDictionary<Type, object> Resolved = new();
    private static readonly ConcurrentDictionary<Type, object> Registered = new();

    private static readonly Dictionary<Type, Func<object>> Leaves = new()
    {
        [typeof(sbyte)] = static () => new IntegerKeyHasher<sbyte>(),
        [typeof(byte)] = static () => new IntegerKeyHasher<byte>(),
        [typeof(short)] = static () => new IntegerKeyHasher<short>(),
        [typeof(ushort)] = static () => new IntegerKeyHasher<ushort>(),
        [typeof(int)] = static () => new IntegerKeyHasher<int>(),
        [typeof(uint)] = static () => new IntegerKeyHasher<uint>(),
        [typeof(long)] = static () => new IntegerKeyHasher<long>(),
        [typeof(ulong)] = static () => new IntegerKeyHasher<ulong>(),
        [typeof(char)] = static () => new IntegerKeyHasher<char>(),
        [typeof(bool)] = static () => new ProjectedKeyHasher<bool>(static key => key ? 1 : 0),
        [typeof(string)] = static () => new StringKeyHasher(),
        [typeof(double)] = static () => new ProjectedKeyHasher<double>(static key => Bits(key)),
        [typeof(float)] = static () => new ProjectedKeyHasher<float>(static key => Bits(key)),
        [typeof(decimal)] = static () => new ProjectedKeyHasher<decimal>(static key => Bits((double)KeyForms.Of(key))),
        [typeof(DateTime)] = static () => new ProjectedKeyHasher<DateTime>(static key => key.Ticks),
        [typeof(DateTimeOffset)] = static () => new ProjectedKeyHasher<DateTimeOffset>(static key => key.UtcTicks),
        [typeof(TimeSpan)] = static () => new ProjectedKeyHasher<TimeSpan>(static key => key.Ticks),
        [typeof(DateOnly)] = static () => new ProjectedKeyHasher<DateOnly>(static key => key.DayNumber),
        [typeof(TimeOnly)] = static () => new ProjectedKeyHasher<TimeOnly>(static key => key.Ticks),
    };

    /// <summary>The stable hasher of a type.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <exception cref="NotSupportedException">Keys of this type cannot be hashed the same way in every process, or equal ones may have two
    /// hashes; the message says which member is the cause and what to do.</exception>
    public static IKeyHasher<TKey> For<TKey>()
        where TKey : notnull
    {
        try
        {
            return (IKeyHasher<TKey>)Resolved.GetOrAdd(typeof(TKey), static type => Create(type));
        }
        catch (UnfitKeyException exception)
        {
            throw Unsupported(typeof(TKey), exception);
        }
    }

    /// <summary>
    /// Uses an own hasher for a type of keys, everywhere in the process. Call it before the first job is built, and keep it for the life of
    /// the state. It also stands for members of that type in records and tuples.
    /// </summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <param name="hasher">The hasher; keys that are equal must have one hash.</param>
    /// <exception cref="InvalidOperationException">The type already has another hasher in use.</exception>
    public static void Register<TKey>(IKeyHasher<TKey> hasher)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(hasher);
        if (!ReferenceEquals(Resolved.GetOrAdd(typeof(TKey), hasher), hasher))
        {
            throw new InvalidOperationException(
                $"A hasher of keys of type '{typeof(TKey)}' is registered after another one has been used; register before the first job "
                    + "is built."
            );
        }

        Registered[typeof(TKey)] = hasher;
    }

    /// <summary>
    /// A hasher that compares keys by their serialized bytes instead of their Equals, for types that cannot be keys otherwise or whose
    /// equal values are to stay apart. Register it:
    /// <c>KeyHashers.Register(KeyHashers.ByBytes&lt;Tags&gt;())</c>.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <exception cref="NotSupportedException">Values of the type cannot be kept in state.</exception>
    public static IKeyHasher<TKey> ByBytes<TKey>()
        where TKey : notnull => new BytesKeyHasher<TKey>(TypeSerializers.For<TKey>());

    /// <summary>
    /// The hasher that stands for a type as a part of a key. A part is compared by its Equals, so one that compares by bytes does not.
    /// </summary>
    internal static object? RegisteredFor(Type type) =>
        Registered.TryGetValue(type, out object? hasher)
        && !KeyEquality.IsByReference(type)
        && hasher.GetType() != typeof(BytesKeyHasher<>).MakeGenericType(type)
            ? hasher
            : null;

    private static object PartOf(Type type) => RegisteredFor(type) ?? Create(type);

    private static object Create(Type type)
    {
        if (Leaves.TryGetValue(type, out Func<object>? leaf))
        {
            return leaf();
        }

        if (type.IsEnum)
        {
            Type underlying = type.GetEnumUnderlyingType();
            return Activator.CreateInstance(typeof(EnumKeyHasher<,>).MakeGenericType(type, underlying), Create(underlying))!;
        }

        if (type.IsGenericType)
        {
            Type definition = type.GetGenericTypeDefinition();
            Type[] arguments = type.GetGenericArguments();
            if (definition == typeof(ValueTuple<,>) && !arguments.Any(IsNullableValue))
            {
                return Activator.CreateInstance(
                    typeof(PairKeyHasher<,>).MakeGenericType(arguments),
                    PartOf(arguments[0]),
                    PartOf(arguments[1])
                )!;
            }

            if (definition == typeof(ValueTuple<,,>) && !arguments.Any(IsNullableValue))
            {
                return Activator.CreateInstance(
                    typeof(TripleKeyHasher<,,>).MakeGenericType(arguments),
                    PartOf(arguments[0]),
                    PartOf(arguments[1]),
                    PartOf(arguments[2])
                )!;
            }
        }

        return Activator.CreateInstance(typeof(SerializedKeyHasher<>).MakeGenericType(type), KeySerializers.Of(type))!;
    }

    private static bool IsNullableValue(Type type) => Nullable.GetUnderlyingType(type) is not null;

    private static UnsupportedStateException Unsupported(Type type, UnfitKeyException reason) =>
        new(
            $"Type '{type}' cannot be a key: {reason.Message}. Use a number, string, tuple or record of these, or register an own hasher "
                + "before the job is built: KeyHashers.Register<...>(hasher); "
                + "KeyHashers.ByBytes<...>() makes one that compares keys by their bytes.",
            reason
        );

    private static long Bits(double key) =>
        key == 0 ? 0
        : double.IsNaN(key) ? long.MaxValue
        : BitConverter.DoubleToInt64Bits(key);
}

internal sealed class EnumKeyHasher<TKey, TUnderlying>(IKeyHasher<TUnderlying> underlying) : KeyHasher<TKey>
    where TKey : unmanaged, Enum
    where TUnderlying : unmanaged
{
    public override uint Hash(TKey key) => underlying.Hash(Unsafe.BitCast<TKey, TUnderlying>(key));
}

/// <summary>Integers of any width: equal numbers have equal hashes whatever their type.</summary>
internal sealed class IntegerKeyHasher<TKey> : KeyHasher<TKey>
    where TKey : unmanaged, IBinaryInteger<TKey>
{
    public override uint Hash(TKey key) => HashMixing.Mix(ulong.CreateTruncating(key));
}

internal sealed class PairKeyHasher<T1, T2>(IKeyHasher<T1> first, IKeyHasher<T2> second) : KeyHasher<(T1 First, T2 Second)>
    where T1 : notnull
    where T2 : notnull
{
    public override uint Hash((T1 First, T2 Second) key) => HashMixing.Combine(first.Hash(key.First), second.Hash(key.Second));
}

/// <summary>Keys that a 64-bit number stands for: equal keys must give equal numbers.</summary>
internal sealed class ProjectedKeyHasher<TKey>(Func<TKey, long> project) : KeyHasher<TKey>
    where TKey : notnull
{
    public override uint Hash(TKey key) => HashMixing.Mix((ulong)project(key));
}

/// <summary>XxHash3 over the UTF-16 code units.</summary>
internal sealed class StringKeyHasher : KeyHasher<string>
{
    public override uint Hash(string key)
    {
        ulong hash = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(key.AsSpan()));
        return (uint)(hash ^ (hash >> 32));
    }
}

internal sealed class TripleKeyHasher<T1, T2, T3>(IKeyHasher<T1> first, IKeyHasher<T2> second, IKeyHasher<T3> third)
    : KeyHasher<(T1 First, T2 Second, T3 Third)>
    where T1 : notnull
    where T2 : notnull
    where T3 : notnull
{
    public override uint Hash((T1 First, T2 Second, T3 Third) key) =>
        HashMixing.Combine(HashMixing.Combine(first.Hash(key.First), second.Hash(key.Second)), third.Hash(key.Third));
}

/// <summary>Keys are equal when their bytes are, whatever their type says.</summary>
internal sealed class BytesKeyHasher<TKey>(TypeSerializer<TKey> serializer) : IKeyHasher<TKey>
    where TKey : notnull
{
    [ThreadStatic]
    private static DataWriter? _left;

    [ThreadStatic]
    private static DataWriter? _right;

    public uint Hash(TKey key)
    {
        ulong hash = XxHash3.HashToUInt64(Write(key, ref _left));
        return (uint)(hash ^ (hash >> 32));
    }

    public bool Equals(TKey left, TKey right) => Write(left, ref _left).SequenceEqual(Write(right, ref _right));

    private ReadOnlySpan<byte> Write(TKey key, ref DataWriter? writer)
    {
        writer ??= new DataWriter();
        writer.Clear();
        serializer.Serialize(key, writer);
        return writer.WrittenSpan;
    }
}

/// <summary>
/// Records and structs: XxHash3 over their serialized members, by a serializer that writes equal keys as equal bytes
/// (<see cref="KeySerializers"/>).
/// </summary>
internal sealed class SerializedKeyHasher<TKey>(TypeSerializer<TKey> serializer) : KeyHasher<TKey>
    where TKey : notnull
{
    [ThreadStatic]
    private static DataWriter? _writer;

    public override uint Hash(TKey key)
    {
        DataWriter writer = _writer ??= new DataWriter();
        writer.Clear();
        serializer.Serialize(key, writer);
        ulong hash = XxHash3.HashToUInt64(writer.WrittenSpan);
        return (uint)(hash ^ (hash >> 32));
    }
}
