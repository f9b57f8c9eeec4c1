using Millrace.DevBroker.Protocol;

namespace Millrace.DevBroker.Journals;

/// <summary>One change in a journal's file.</summary>
internal struct JournalEntry : IMessage
{
    public string Key;
    public bool IsRemoved;
    public ReadOnlyMemory<byte> Value;

    public void Describe(Wire wire)
    {
        wire.String(ref Key);
        wire.Boolean(ref IsRemoved);
        wire.Bytes(ref Value);
    }
}
