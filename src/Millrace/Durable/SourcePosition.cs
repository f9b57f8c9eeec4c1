namespace Millrace.Durable;

/// <summary>The offset of the record that a source task's chain is working on; shared by the task's outputs.</summary>
internal sealed class SourcePosition
{
    public long Value { get; set; } = -1;
}
