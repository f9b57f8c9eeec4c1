using System.Diagnostics.CodeAnalysis;

namespace Millrace.State;

/// <summary>
/// State of the current key (and window). Touch it only from within the function that it was got for: it always means the key being
/// processed.
/// </summary>
public interface IState
{
    /// <summary>Removes the state of the current key.</summary>
    void Clear();
}

/// <summary>An accumulator per key that every added value is aggregated into.</summary>
/// <typeparam name="TIn">Type of the added values.</typeparam>
/// <typeparam name="TOut">Type of the result.</typeparam>
public interface IAggregatingState<TIn, TOut> : IState
{
    /// <summary>Whether nothing was added for the key.</summary>
    bool IsEmpty { get; }

    /// <summary>The result so far; the type's default value when nothing was added.</summary>
    [return: MaybeNull]
    TOut Get();

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value.</param>
    void Add(TIn value);
}

/// <summary>A list per key.</summary>
/// <typeparam name="T">Type of the elements.</typeparam>
public interface IListState<T> : IState
{
    /// <summary>The key's elements, in the order they were added; empty when there are none. Valid until the next change.</summary>
    IReadOnlyList<T> Get();

    /// <summary>Appends an element.</summary>
    /// <param name="value">The element.</param>
    void Add(T value);

    /// <summary>Appends elements.</summary>
    /// <param name="values">The elements.</param>
    void AddAll(IEnumerable<T> values);

    /// <summary>Replaces the list.</summary>
    /// <param name="values">The new elements; none = the state is cleared.</param>
    void Update(IEnumerable<T> values);
}

/// <summary>A map per key.</summary>
/// <typeparam name="TMapKey">Type of the map's keys.</typeparam>
/// <typeparam name="TMapValue">Type of the map's values.</typeparam>
public interface IMapState<TMapKey, TMapValue> : IState
    where TMapKey : notnull
{
    /// <summary>Whether the key's map has no entries.</summary>
    bool IsEmpty { get; }

    /// <summary>A snapshot of the entries of the key's map.</summary>
    IReadOnlyCollection<KeyValuePair<TMapKey, TMapValue>> Entries { get; }

    /// <summary>The value of an entry; set, it is added or replaced.</summary>
    /// <param name="mapKey">Its key.</param>
    /// <exception cref="KeyNotFoundException">There is no such entry to be read.</exception>
    TMapValue this[TMapKey mapKey]
    {
        get =>
            TryGetValue(mapKey, out TMapValue? value)
                ? value
                : throw new KeyNotFoundException($"Map state has no entry '{mapKey}'; use TryGetValue where there may be none.");
        set => Put(mapKey, value);
    }

    /// <summary>Looks an entry up.</summary>
    /// <param name="mapKey">Its key.</param>
    /// <param name="value">Its value.</param>
    bool TryGetValue(TMapKey mapKey, [MaybeNullWhen(false)] out TMapValue value);

    /// <summary>Whether there is an entry.</summary>
    /// <param name="mapKey">Its key.</param>
    bool Contains(TMapKey mapKey);

    /// <summary>Adds or replaces an entry.</summary>
    /// <param name="mapKey">Its key.</param>
    /// <param name="value">Its value.</param>
    void Put(TMapKey mapKey, TMapValue value);

    /// <summary>Removes an entry.</summary>
    /// <param name="mapKey">Its key.</param>
    bool Remove(TMapKey mapKey);
}

/// <summary>One value per key that every added value is reduced into.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
public interface IReducingState<T> : IState
{
    /// <summary>Whether nothing was added for the key.</summary>
    bool IsEmpty { get; }

    /// <summary>What was reduced so far; the type's default value when nothing was added.</summary>
    [return: MaybeNull]
    T Get();

    /// <summary>Reduces a value into the state.</summary>
    /// <param name="value">The value.</param>
    void Add(T value);
}

/// <summary>One value per key.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
public interface IValueState<T> : IState
{
    /// <summary>Whether the key has a value.</summary>
    bool HasValue { get; }

    /// <summary>The key's value, or the descriptor's default value when it has none.</summary>
    T? Value { get; }

    /// <summary>Sets the key's value.</summary>
    /// <param name="value">The value; belongs to the state from now on.</param>
    void Update(T value);
}
