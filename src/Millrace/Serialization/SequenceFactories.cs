using System.Collections.Immutable;

namespace Millrace.Serialization;

/// <summary>Builders of the generic collections that state may hold.</summary>
internal static class SequenceFactories
{
    /// <summary>A serializer of the sequence type <paramref name="definition"/>, or <see langword="null"/> when it is none that is known.</summary>
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
            return Make<ICollection<T>, T>(static items => new List<T>(items));
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
            return new SequenceSerializer<ImmutableArray<T>, T>(TypeSerializers.For<T[]?>(), static items => [.. items], static value => value.IsDefault);
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
            return MakeMap<Dictionary<TKey, TValue>, TKey, TValue>(static map => map);
        }

        if (definition == typeof(IDictionary<,>))
        {
            return MakeMap<IDictionary<TKey, TValue>, TKey, TValue>(static map => map);
        }

        if (definition == typeof(IReadOnlyDictionary<,>))
        {
            return MakeMap<IReadOnlyDictionary<TKey, TValue>, TKey, TValue>(static map => map);
        }

        if (definition == typeof(SortedDictionary<,>))
        {
            return MakeMap<SortedDictionary<TKey, TValue>, TKey, TValue>(static map => new SortedDictionary<TKey, TValue>(map));
        }

        return definition == typeof(ImmutableDictionary<,>)
            ? MakeMap<ImmutableDictionary<TKey, TValue>, TKey, TValue>(static map => map.ToImmutableDictionary())
            : null;
    }

    private static object? Set<T>(Type definition)
    {
        if (definition == typeof(HashSet<>))
        {
            return Make<HashSet<T>, T>(static items => [.. items]);
        }

        if (definition == typeof(ISet<>))
        {
            return Make<ISet<T>, T>(static items => new HashSet<T>(items));
        }

        if (definition == typeof(IReadOnlySet<>))
        {
            return Make<IReadOnlySet<T>, T>(static items => new HashSet<T>(items));
        }

        if (definition == typeof(SortedSet<>))
        {
            return Make<SortedSet<T>, T>(static items => [.. items]);
        }

        return definition == typeof(ImmutableHashSet<>) ? Make<ImmutableHashSet<T>, T>(static items => [.. items]) : null;
    }

    private static SequenceSerializer<TSequence, T> Make<TSequence, T>(Func<T[], TSequence> build)
        where TSequence : class, IEnumerable<T> =>
        new(TypeSerializers.For<T[]?>(), build, static value => value is null);

    private static MapSerializer<TMap, TKey, TValue> MakeMap<TMap, TKey, TValue>(Func<Dictionary<TKey, TValue>, TMap> build)
        where TMap : class, IEnumerable<KeyValuePair<TKey, TValue>>
        where TKey : notnull =>
        new(TypeSerializers.For<TKey>(), TypeSerializers.For<TValue>(), build);
}
