using System.Diagnostics.CodeAnalysis;

namespace Millrace.State;

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

    /// <summary>Looks an entry up.</summary>
    /// <param name="mapKey">Its key.</param>
    /// <param name="value">Its value.</param>
    bool TryGet(TMapKey mapKey, [MaybeNullWhen(false)] out TMapValue value);

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
