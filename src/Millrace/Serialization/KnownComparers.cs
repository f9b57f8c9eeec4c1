using System.Collections.Immutable;
using System.Globalization;

namespace Millrace.Serialization;

/// <summary>
/// The comparers that collections in state may have: the default, which takes no bytes, and those of <see cref="StringComparer"/>. One that
/// is not the default stands before the count, behind a mark that no count can be. Others are refused, for a collection that came back
/// without its comparer would find other elements.
/// </summary>
internal static class KnownComparers
{
    /// <summary>One more than the largest count + 1.</summary>
    public const ulong Mark = 1UL << 31;

    private const byte Ordinal = 1;
    private const byte OrdinalIgnoreCase = 2;
    private const byte OfCulture = 3;

    public static void WriteOf<T>(IEnumerable<T> set, DataWriter writer)
    {
        switch (set)
        {
            case HashSet<T> hash:
                Write(hash.Comparer, set, writer);
                break;
            case SortedSet<T> sorted:
                WriteOrder(sorted.Comparer, set, writer);
                break;
            case ImmutableHashSet<T> immutable:
                Write(immutable.KeyComparer, set, writer);
                break;
            default:
                break;
        }
    }

    public static void WriteOf<TKey, TValue>(IEnumerable<KeyValuePair<TKey, TValue>> map, DataWriter writer)
        where TKey : notnull
    {
        switch (map)
        {
            case Dictionary<TKey, TValue> hash:
                Write(hash.Comparer, map, writer);
                break;
            case SortedDictionary<TKey, TValue> sorted:
                WriteOrder(sorted.Comparer, map, writer);
                break;
            case ImmutableDictionary<TKey, TValue> immutable:
                if (!IsDefault(immutable.ValueComparer))
                {
                    Refuse(immutable.ValueComparer, map);
                }

                Write(immutable.KeyComparer, map, writer);
                break;
            default:
                break;
        }
    }

    /// <summary>Takes the comparer that stands before a count, if there is one.</summary>
    public static StringComparer? TryRead(ref DataReader reader)
    {
        DataReader ahead = reader;
        if (ahead.ReadVarUInt64() != Mark)
        {
            return null;
        }

        reader = ahead;
        return ReadBehindMark(ref reader);
    }

    public static StringComparer ReadBehindMark(ref DataReader reader)
    {
        byte kind = reader.ReadByte();
        switch (kind)
        {
            case Ordinal:
                return StringComparer.Ordinal;
            case OrdinalIgnoreCase:
                return StringComparer.OrdinalIgnoreCase;
            case OfCulture:
                return OfCultureNamed(reader.ReadString() ?? "", (CompareOptions)reader.ReadVarUInt32());
            default:
                throw new StateMigrationException(
                    $"A collection in the state has a comparer of kind {kind}, this Millrace knows up to {OfCulture}; restore with the "
                        + "version that wrote it or a later one."
                );
        }
    }

    /// <summary>A comparer that was read, for the elements of a collection.</summary>
    public static IEqualityComparer<T>? For<T>(StringComparer? comparer) =>
        comparer is null
            ? null
            : comparer as IEqualityComparer<T>
                ?? throw new StateMigrationException(
                    $"A collection in the state compares text ({comparer}), but its elements are '{typeof(T)}' now; keep them text, or "
                        + "give the state a new name."
                );

    /// <summary>A comparer that was read, for the order of a collection.</summary>
    public static IComparer<T>? OrderFor<T>(StringComparer? comparer) => (IComparer<T>?)For<T>(comparer);

    private static void Write<T>(IEqualityComparer<T> comparer, object collection, DataWriter writer)
    {
        if (IsDefault(comparer))
        {
            return;
        }

        if (!TryWrite(comparer as IEqualityComparer<string?>, isOrder: false, writer))
        {
            Refuse(comparer, collection);
        }
    }

    private static void WriteOrder<T>(IComparer<T> comparer, object collection, DataWriter writer)
    {
        if (comparer.Equals(Comparer<T>.Default))
        {
            return;
        }

        if (!TryWrite(comparer as StringComparer, isOrder: true, writer))
        {
            Refuse(comparer, collection);
        }
    }

    /// <summary>By ordinal is how strings are compared for equality anyway, but it is not how they are sorted.</summary>
    private static bool TryWrite(IEqualityComparer<string?>? comparer, bool isOrder, DataWriter writer)
    {
        if (comparer is null)
        {
            return false;
        }

        if (StringComparer.IsWellKnownOrdinalComparer(comparer, out bool ignoreCase))
        {
            if (isOrder || ignoreCase)
            {
                writer.WriteVarUInt64(Mark);
                writer.WriteByte(ignoreCase ? OrdinalIgnoreCase : Ordinal);
            }

            return true;
        }

        if (!StringComparer.IsWellKnownCultureAwareComparer(comparer, out CompareInfo? culture, out CompareOptions options))
        {
            return false;
        }

        writer.WriteVarUInt64(Mark);
        writer.WriteByte(OfCulture);
        writer.WriteString(culture.Name);
        writer.WriteVarUInt32((uint)options);
        return true;
    }

    private static bool IsDefault<T>(IEqualityComparer<T> comparer) =>
        ReferenceEquals(comparer, EqualityComparer<T>.Default) || comparer.Equals(EqualityComparer<T>.Default);

    private static StringComparer OfCultureNamed(string name, CompareOptions options)
    {
        try
        {
            return StringComparer.Create(CultureInfo.GetCultureInfo(name), options);
        }
        catch (CultureNotFoundException exception)
        {
            throw new StateMigrationException(
                $"A collection in the state compares text as in the culture '{name}', which this machine does not know; install ICU or "
                    + "leave DOTNET_SYSTEM_GLOBALIZATION_INVARIANT unset.",
                exception
            );
        }
    }

    private static void Refuse(object comparer, object collection) =>
        throw new UnsupportedStateException(
            $"A '{collection.GetType()}' in state has the comparer '{comparer.GetType()}', which cannot be kept: after a restore its "
                + "elements would be compared in another way. "
                + "Use the default comparer or one of StringComparer, keep the elements in a normal form (in upper case, say), or register "
                + "a serializer that makes the collection with its comparer: "
                + "TypeSerializers.Register<...>(serializer)."
        );
}
