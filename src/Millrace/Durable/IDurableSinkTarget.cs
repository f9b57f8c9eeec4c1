namespace Millrace.Durable;

/// <summary>Takes encoded sink records of the operation under way.</summary>
internal interface IDurableSinkTarget
{
    /// <summary>Takes a record; copied.</summary>
    void Emit(string sinkUid, ReadOnlySpan<byte> record);
}
