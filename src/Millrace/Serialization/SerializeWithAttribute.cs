namespace Millrace.Serialization;

/// <summary>
/// Names the serializer of a type or of one member: a class that derives from <see cref="TypeSerializer{T}"/> of exactly that type and has
/// a public constructor without parameters.
/// </summary>
/// <param name="serializerType">The serializer's type.</param>
[AttributeUsage(
    AttributeTargets.Class
        | AttributeTargets.Struct
        | AttributeTargets.Enum
        | AttributeTargets.Interface
        | AttributeTargets.Property
        | AttributeTargets.Field
)]
public sealed class SerializeWithAttribute(Type serializerType) : Attribute
{
    /// <summary>The serializer's type.</summary>
    public Type SerializerType { get; } = serializerType;
}
