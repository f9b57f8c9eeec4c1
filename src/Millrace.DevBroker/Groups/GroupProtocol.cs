namespace Millrace.DevBroker.Groups;

/// <summary>One assignment protocol a member can speak, with the metadata its leader will read. The broker never looks inside.</summary>
/// <param name="Name">The protocol's name, for example <c>range</c> or <c>cooperative-sticky</c>.</param>
/// <param name="Metadata">The member's subscription, opaque to the broker.</param>
internal readonly record struct GroupProtocol(string Name, byte[] Metadata)
{
    public bool SameAs(GroupProtocol other) =>
        string.Equals(Name, other.Name, StringComparison.Ordinal) && Metadata.AsSpan().SequenceEqual(other.Metadata);
}
