using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Changes single configs of topics.</summary>
internal static class IncrementalAlterConfigs
{
    internal sealed class Request : IRequest
    {
        public List<Resource>? Resources = [];
        public bool ValidateOnly;

        public static ApiDescription Api { get; } = new(ApiKey.IncrementalAlterConfigs, 0, 1, FlexibleSince: 1);

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

        /// <summary>0 sets, 1 deletes, 2 appends to a list, 3 subtracts from one.</summary>
        public sbyte Operation;
        public string? Value;

        public void Describe(Wire wire)
        {
            wire.String(ref Name);
            wire.Int8(ref Operation);
            wire.NullableString(ref Value);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public List<AlterConfigs.ResourceResult>? Responses = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs);
            wire.Array(ref Responses);
        }
    }
}
