using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Faults;

/// <summary>A fault that waits for requests of one kind.</summary>
internal sealed record RequestFault(ApiKey Api, FaultKind Kind, TimeSpan Delay, ErrorCode Error)
{
    /// <summary>How many requests it will still hit.</summary>
    public int Remaining { get; set; }
}
