using System.Collections.Immutable;

namespace Millrace.Serialization;

/// <summary>Builders of the generic collections that state may hold.</summary>
internal static class SequenceFactories
{
    /// <summary>
    /// A serializer of the sequence type <paramref name="definition"/>, or <see langword="null"/> when it is none that is known.
    /// </summary>
    public static object? Sequence<T>(Type definition)
    {
        if (definition == typeof(List<>))
        {
            return new ListSerializer<T>(TypeSerializers.For<T>());
        }

        if (definition == typeof(IReadOnlyList<>))
        {
            return Make<IReadOnlyList<T>, T>(static items => items);
        }

        if (definition == typeof(IReadOnlyCollection<>))
        {
            return Make<IReadOnlyCollection<T>, T>(static items => items);
        }

        if (definition == typeof(IEnumerable<>))
        {
            return Make<IEnumerable<T>, T>(static items => items);
        }

        if (definition == typeof(IList<>))
        {
            return Make<IList<T>, T>(static items => new List<T>(items));
        }

        if (definition == typeof(ICollection<>))
        {
            return new SequenceSerializer<ICollection<T>, T>(TypeSerializers.For<T[]?>(), static items => new List<T>(items), IsNull);
        }

        if (definition == typeof(Queue<>))
        {
            return Make<Queue<T>, T>(static items => new Queue<T>(items));
        }

        if (definition == typeof(LinkedList<>))
        {
            return Make<LinkedList<T>, T>(static items => new LinkedList<T>(items));
        }

        if (definition == typeof(ImmutableArray<>))
        {
            return new SequenceSerializer<ImmutableArray<T>, T>(
                TypeSerializers.For<T[]?>(),
                static items => [.. items],
                static value => value.IsDefault
            );
        }

        if (definition == typeof(ImmutableList<>))
        {
            return Make<ImmutableList<T>, T>(static items => [.. items]);
        }

        return Set<T>(definition);
    }

    public static object? Map<TKey, TValue>(Type definition)
        where TKey : notnull
    {
        if (definition == typeof(Dictionary<,>))
        {
            return MakeMap<Dictionary<TKey, TValue>, TKey, TValue>(static (map, _) => map);
        }

        if (definition == typeof(IDictionary<,>))
        {
            return MakeMap<IDictionary<TKey, TValue>, TKey, TValue>(static (map, _) => map);
        }

        if (definition == typeof(IReadOnlyDictionary<,>))
        {
            return MakeMap<IReadOnlyDictionary<TKey, TValue>, TKey, TValue>(static (map, _) => map);
        }

        if (definition == typeof(SortedDictionary<,>))
        {
            return MakeMap<SortedDictionary<TKey, TValue>, TKey, TValue>(
                static (map, comparer) => new SortedDictionary<TKey, TValue>(map, KnownComparers.OrderFor<TKey>(comparer))
            );
        }

        return definition == typeof(ImmutableDictionary<,>)
            ? MakeMap<ImmutableDictionary<TKey, TValue>, TKey, TValue>(
                static (map, comparer) => map.ToImmutableDictionary(KnownComparers.For<TKey>(comparer))
            )
            : null;
    }

    // A set would come back as a list, and take what it has once more.
    private static bool IsNull<T>(ICollection<T>? value) =>
        value is ISet<T> or IReadOnlySet<T>
            ? throw new UnsupportedStateException(
                $"A '{value.GetType()}' is kept in state declared as '{typeof(ICollection<T>)}', as which it would come back as a list; "
                    + $"declare it as '{typeof(ISet<T>)}', or keep a list."
            )
            : value is null;

    private static object? Set<T>(Type definition)
    {
        if (definition == typeof(HashSet<>))
        {
            return MakeSet<HashSet<T>, T>(Hashed);
        }

        if (definition == typeof(ISet<>))
        {
            return MakeSet<ISet<T>, T>(Hashed);
        }

        if (definition == typeof(IReadOnlySet<>))
        {
            return MakeSet<IReadOnlySet<T>, T>(Hashed);
        }

        if (definition == typeof(SortedSet<>))
        {
            return MakeSet<SortedSet<T>, T>(static (items, comparer) => new SortedSet<T>(items, KnownComparers.OrderFor<T>(comparer)));
        }

        return definition == typeof(ImmutableHashSet<>)
            ? MakeSet<ImmutableHashSet<T>, T>(
                static (items, comparer) => ImmutableHashSet.CreateRange(KnownComparers.For<T>(comparer), items)
            )
            : null;

        static HashSet<T> Hashed(T[] items, StringComparer? comparer) => new(items, KnownComparers.For<T>(comparer));
    }

    private static SetSerializer<TSet, T> MakeSet<TSet, T>(Func<T[], StringComparer?, TSet> build)
        where TSet : class, IEnumerable<T> => new(TypeSerializers.For<T[]?>(), build);

    private static SequenceSerializer<TSequence, T> Make<TSequence, T>(Func<T[], TSequence> build)
        where TSequence : class, IEnumerable<T> => new(TypeSerializers.For<T[]?>(), build, static value => value is null);

    private static MapSerializer<TMap, TKey, TValue> MakeMap<TMap, TKey, TValue>(
        Func<Dictionary<TKey, TValue>, StringComparer?, TMap> build
    )
        where TMap : class, IEnumerable<KeyValuePair<TKey, TValue>>
        where TKey : notnull => new(TypeSerializers.For<TKey>(), TypeSerializers.For<TValue>(), build);
}
