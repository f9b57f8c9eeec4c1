namespace Millrace.Durable.Hosting;

/// <summary>An operation of the batch under way, kept until the state after it is saved.</summary>
internal sealed class AppliedOperation(string name, ReadOnlyMemory<byte> content)
{
    public string Name => name;

    public ReadOnlyMemory<byte> Content => content;

    /// <summary>Whether it failed: its envelope is parked instead.</summary>
    public bool HasFailed { get; set; }
}
