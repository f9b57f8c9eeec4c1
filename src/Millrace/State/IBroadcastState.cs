using System.Diagnostics.CodeAnalysis;

namespace Millrace.State;

/// <summary>
/// Broadcast state as the broadcast stream sees it. Change it in the same way in every task: it depends on nothing but the broadcast
/// records.
/// </summary>
/// <typeparam name="TMapKey">Type of the map's keys.</typeparam>
/// <typeparam name="TMapValue">Type of the map's values.</typeparam>
public interface IBroadcastState<TMapKey, TMapValue> : IReadOnlyBroadcastState<TMapKey, TMapValue>
    where TMapKey : notnull
{
    /// <summary>Adds or replaces an entry.</summary>
    /// <param name="mapKey">Its key.</param>
    /// <param name="value">Its value.</param>
    void Put(TMapKey mapKey, TMapValue value);

    /// <summary>Removes an entry.</summary>
    /// <param name="mapKey">Its key.</param>
    bool Remove(TMapKey mapKey);

    /// <summary>Removes all entries.</summary>
    void Clear();
}

/// <summary>Broadcast state as the records of the other stream see it: the same in every task.</summary>
/// <typeparam name="TMapKey">Type of the map's keys.</typeparam>
/// <typeparam name="TMapValue">Type of the map's values.</typeparam>
public interface IReadOnlyBroadcastState<TMapKey, TMapValue>
    where TMapKey : notnull
{
    /// <summary>The entries.</summary>
    IReadOnlyCollection<KeyValuePair<TMapKey, TMapValue>> Entries { get; }

    /// <summary>Looks an entry up.</summary>
    /// <param name="mapKey">Its key.</param>
    /// <param name="value">Its value.</param>
    bool TryGetValue(TMapKey mapKey, [MaybeNullWhen(false)] out TMapValue value);
}
