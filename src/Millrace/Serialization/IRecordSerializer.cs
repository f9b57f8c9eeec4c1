namespace Millrace.Serialization;

/// <summary>The serializer of a record, whatever its type.</summary>
internal interface IRecordSerializer
{
    IReadOnlyList<RecordMember> Members { get; }

    /// <summary>A serializer that writes the members in another way, and reads as this one does.</summary>
    object WithWriters(IEnumerable<RecordMember> members);
}
