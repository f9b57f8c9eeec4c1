namespace Millrace.DevBroker.Faults;

/// <summary>What an injected fault does to a request.</summary>
internal enum FaultKind
{
    Delay,
    Error,
    DropBefore,
    DropAfter,
}
