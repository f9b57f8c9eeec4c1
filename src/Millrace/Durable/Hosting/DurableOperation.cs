namespace Millrace.Durable.Hosting;

/// <summary>What a keyed task is asked to do, as hosts name it on the wire.</summary>
internal static class DurableOperation
{
    public const string Envelope = "envelope";
    public const string Progress = "progress";
    public const string Flush = "flush";
    public const string Acknowledge = "acknowledge";
}
