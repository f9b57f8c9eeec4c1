namespace Millrace.Serialization;

/// <summary>The shape of serialized values: a kind (<c>int64</c>, <c>string</c>, <c>record</c>, <c>list</c> …), the members of a record in the order in
/// which they are written, and the schemas of elements. Two equal schemas have equal byte formats.</summary>
/// <param name="Kind">What is written.</param>
/// <param name="Name">Name of the type, for messages; not part of compatibility.</param>
/// <param name="Fields">Members or elements, in the order written.</param>
public sealed record TypeSchema(string Kind, string Name, IReadOnlyList<TypeSchema.Field> Fields)
{
    /// <summary>Whether values written under one schema can be read byte for byte under the other.</summary>
    /// <param name="other">The other schema.</param>
    public bool IsSameFormat(TypeSchema other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!string.Equals(Kind, other.Kind, StringComparison.Ordinal) || Fields.Count != other.Fields.Count)
        {
            return false;
        }

        for (int i = 0; i < Fields.Count; i++)
        {
            if (!string.Equals(Fields[i].Name, other.Fields[i].Name, StringComparison.Ordinal) || !Fields[i].Schema.IsSameFormat(other.Fields[i].Schema))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A named member of a record, or an element of a collection.</summary>
    /// <param name="Name">Name of the member.</param>
    /// <param name="Schema">Shape of its values.</param>
    public sealed record Field(string Name, TypeSchema Schema);
}
