using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>A member says that it is alive, and learns whether it has to join again.</summary>
internal static class Heartbeat
{
    internal sealed class Request : IRequest
    {
        public string GroupId = "";
        public int GenerationId;
        public string MemberId = "";
        public string? GroupInstanceId;

        public static ApiDescription Api { get; } = new(ApiKey.Heartbeat, 0, 4, FlexibleSince: 4);

        public void Describe(Wire wire)
        {
            wire.String(ref GroupId);
            wire.Int32(ref GenerationId);
            wire.String(ref MemberId);
            wire.NullableString(ref GroupInstanceId, since: 3);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public ErrorCode Error;

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs, since: 1);
            wire.Error(ref Error);
        }
    }
}
