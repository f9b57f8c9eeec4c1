using System.Collections.Concurrent;

namespace Millrace.Serialization;

/// <summary>
/// Finds the serializer of a type: primitives, strings, dates, <see cref="Guid"/>, enums, arrays, collections, tuples, and classes, records
/// and structs by their public members (bound by constructor, <c>init</c> or <c>set</c>, or public fields). Members marked
/// <see cref="System.Runtime.Serialization.IgnoreDataMemberAttribute"/> are left out.
/// </summary>
public static class TypeSerializers
{
    private static readonly ConcurrentDictionary<Type, object> Registered = new();
    private static readonly ConcurrentDictionary<Type, object> Resolved = new();

    /// <summary>The serializer of a type.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <exception cref="NotSupportedException">Values of the type cannot be kept in state; the message says which member is the cause and
    /// what to do.</exception>
    public static TypeSerializer<T> For<T>()
    {
        if (Resolved.TryGetValue(typeof(T), out object? resolved))
        {
            return (TypeSerializer<T>)resolved;
        }

        object created = Registered.TryGetValue(typeof(T), out object? registered) ? registered : SerializerFactory.Create(typeof(T));
        return (TypeSerializer<T>)Resolved.GetOrAdd(typeof(T), created);
    }

    /// <summary>Uses an own serializer for a type, everywhere in the process. Call it before the first job is built.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="serializer">The serializer; its schema's kind must be a name of its own.</param>
    /// <exception cref="InvalidOperationException">The type already has another serializer in use.</exception>
    public static void Register<T>(TypeSerializer<T> serializer)
    {
        ArgumentNullException.ThrowIfNull(serializer);
        Registered[typeof(T)] = serializer;
        if (Resolved.TryGetValue(typeof(T), out object? resolved) && !ReferenceEquals(resolved, serializer))
        {
            throw new InvalidOperationException(
                $"A serializer of type '{typeof(T)}' is registered after '{resolved.GetType().Name}' has already been used for it; "
                    + "register before the first job is built."
            );
        }
    }
}
