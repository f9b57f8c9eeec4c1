using Millrace.Serialization;

namespace Millrace.State;

/// <summary>Describes an <see cref="IMapState{TMapKey, TMapValue}"/> or a broadcast state.</summary>
/// <typeparam name="TMapKey">Type of the map's keys.</typeparam>
/// <typeparam name="TMapValue">Type of the map's values.</typeparam>
/// <param name="name">Name of the state, unique in its operator.</param>
/// <param name="keySerializer">Own serializer of keys; <see langword="null"/> = the type's.</param>
/// <param name="valueSerializer">Own serializer of values; <see langword="null"/> = the type's.</param>
public sealed class MapStateDescriptor<TMapKey, TMapValue>(
    string name,
    TypeSerializer<TMapKey>? keySerializer = null,
    TypeSerializer<TMapValue>? valueSerializer = null
) : StateDescriptor(name)
    where TMapKey : notnull
{
    internal TypeSerializer<TMapKey> KeySerializer { get; } = SerializerOf(name, keySerializer);

    internal TypeSerializer<TMapValue> ValueSerializer { get; } = SerializerOf(name, valueSerializer);
}
