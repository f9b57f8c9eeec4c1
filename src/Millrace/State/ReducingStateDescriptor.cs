using Millrace.Serialization;

namespace Millrace.State;

/// <summary>Describes an <see cref="IReducingState{T}"/>.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
/// <param name="name">Name of the state, unique in its operator.</param>
/// <param name="reduce">Joins two values; must be associative.</param>
/// <param name="serializer">Own serializer; <see langword="null"/> = the type's.</param>
public sealed class ReducingStateDescriptor<T>(string name, Func<T, T, T> reduce, TypeSerializer<T>? serializer = null)
    : StateDescriptor(name)
{
    internal Func<T, T, T> Reduce { get; } = reduce;

    internal TypeSerializer<T> Serializer { get; } = SerializerOf(name, serializer);
}
