namespace Millrace.Serialization;

/// <summary>Finds the serializer of a type.</summary>
public static class TypeSerializers
{
    /// <summary>The serializer of a type.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <exception cref="NotSupportedException">Values of the type cannot be kept in state; the message says which member is the cause and what to do.</exception>
    public static TypeSerializer<T> For<T>() => throw new NotSupportedException(typeof(T).FullName);
}
