using Millrace.Serialization;

namespace Millrace.State;

/// <summary>Describes an <see cref="IListState{T}"/>.</summary>
/// <typeparam name="T">Type of the elements.</typeparam>
/// <param name="name">Name of the state, unique in its operator.</param>
/// <param name="serializer">Own serializer of elements; <see langword="null"/> = the type's.</param>
public sealed class ListStateDescriptor<T>(string name, TypeSerializer<T>? serializer = null) : StateDescriptor(name)
{
    internal TypeSerializer<T> ElementSerializer { get; } = SerializerOf(name, serializer);
}
