namespace Millrace.Testing;

/// <summary>What came by at a probe.</summary>
internal sealed class ProbeLog<T>
{
    public List<StreamRecord<T>> Records { get; } = [];

    public List<long> Watermarks { get; } = [];
}
