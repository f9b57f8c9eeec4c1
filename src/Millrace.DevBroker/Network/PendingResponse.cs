using Millrace.DevBroker.Protocol;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Network;

/// <summary>A request that is being handled, in its place in the line of responses.</summary>
internal readonly record struct PendingResponse(ApiDescription Api, RequestHeader Header, Task<IMessage?>? Handling, IMessage? Ready);
