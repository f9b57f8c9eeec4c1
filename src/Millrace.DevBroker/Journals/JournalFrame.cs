using Millrace.DevBroker.Protocol;

namespace Millrace.DevBroker.Journals;

/// <summary>The changes of one write, which count together or not at all.</summary>
internal sealed class JournalFrame : IMessage
{
    public List<JournalEntry>? Entries = [];

    public void Describe(Wire wire) => wire.Array(ref Entries);
}
