using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Which requests the broker speaks, in which versions.</summary>
internal static class ApiVersions
{
    internal sealed class Request : IRequest
    {
        public string ClientSoftwareName = "";
        public string ClientSoftwareVersion = "";

        public static ApiDescription Api { get; } = new(ApiKey.ApiVersions, 0, 4, FlexibleSince: 3);

        public void Describe(Wire wire)
        {
            wire.String(ref ClientSoftwareName, since: 3);
            wire.String(ref ClientSoftwareVersion, since: 3);
        }
    }

    internal sealed class Response : IMessage
    {
        public ErrorCode Error;
        public List<Range>? ApiKeys = [];
        public int ThrottleTimeMs;

        public void Describe(Wire wire)
        {
            wire.Error(ref Error);
            wire.Array(ref ApiKeys);
            wire.Int32(ref ThrottleTimeMs, since: 1);
        }
    }

    internal struct Range : IMessage
    {
        public short Key;
        public short Min;
        public short Max;

        public void Describe(Wire wire)
        {
            wire.Int16(ref Key);
            wire.Int16(ref Min);
            wire.Int16(ref Max);
        }
    }
}
