namespace Millrace.Serialization;

/// <summary>A serializer of values without parts, whose format never changed.</summary>
internal abstract class LeafSerializer<T>(string kind) : TypeSerializer<T>
{
    public sealed override TypeSchema Schema { get; } = TypeSchema.Leaf(kind);

    public override TypeSerializer<T> ForWritten(TypeSchema written) =>
        written.IsSameFormat(Schema) ? this : Incompatible.Throw<T>(written, Schema);
}
