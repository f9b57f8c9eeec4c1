using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Replaces all configs of topics.</summary>
internal static class AlterConfigs
{
    internal sealed class Request : IRequest
    {
        public List<Resource>? Resources = [];
        public bool ValidateOnly;

        public static ApiDescription Api { get; } = new(ApiKey.AlterConfigs, 0, 2, FlexibleSince: 2);

        public void Describe(Wire wire)
        {
            wire.Array(ref Resources);
            wire.Boolean(ref ValidateOnly);
        }
    }

    internal sealed class Resource : IMessage
    {
        public sbyte Type;
        public string Name = "";
        public List<Config>? Configs = [];

        public void Describe(Wire wire)
        {
            wire.Int8(ref Type);
            wire.String(ref Name);
            wire.Array(ref Configs);
        }
    }

    internal struct Config : IMessage
    {
        public string Name;
        public string? Value;

        public void Describe(Wire wire)
        {
            wire.String(ref Name);
            wire.NullableString(ref Value);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public List<ResourceResult>? Responses = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs);
            wire.Array(ref Responses);
        }
    }

    internal struct ResourceResult : IMessage
    {
        public ErrorCode Error;
        public string? ErrorMessage;
        public sbyte Type;
        public string Name;

        public void Describe(Wire wire)
        {
            wire.Error(ref Error);
            wire.NullableString(ref ErrorMessage);
            wire.Int8(ref Type);
            wire.String(ref Name);
        }
    }
}
