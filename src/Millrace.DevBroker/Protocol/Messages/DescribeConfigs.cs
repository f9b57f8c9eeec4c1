using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Configs of topics and of the broker.</summary>
internal static class DescribeConfigs
{
    internal sealed class Request : IRequest
    {
        public List<Resource>? Resources = [];
        public bool IncludeSynonyms;
        public bool IncludeDocumentation;

        public static ApiDescription Api { get; } = new(ApiKey.DescribeConfigs, 0, 4, FlexibleSince: 4);

        public void Describe(Wire wire)
        {
            wire.Array(ref Resources);
            wire.Boolean(ref IncludeSynonyms, since: 1);
            wire.Boolean(ref IncludeDocumentation, since: 3);
        }
    }

    internal sealed class Resource : IMessage
    {
        public sbyte Type;
        public string Name = "";

        /// <summary>Null asks for all.</summary>
        public List<string>? Keys = [];

        public void Describe(Wire wire)
        {
            wire.Int8(ref Type);
            wire.String(ref Name);
            wire.Strings(ref Keys, nullable: true);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public List<ResourceResult>? Results = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs);
            wire.Array(ref Results);
        }
    }

    internal sealed class ResourceResult : IMessage
    {
        public ErrorCode Error;
        public string? ErrorMessage;
        public sbyte Type;
        public string Name = "";
        public List<ConfigResult>? Configs = [];

        public void Describe(Wire wire)
        {
            wire.Error(ref Error);
            wire.NullableString(ref ErrorMessage);
            wire.Int8(ref Type);
            wire.String(ref Name);
            wire.Array(ref Configs);
        }
    }

    internal struct ConfigResult : IMessage
    {
        public string Name;
        public string? Value;
        public bool ReadOnly;
        public bool IsDefault;
        public sbyte Source;
        public bool IsSensitive;
        public List<Synonym>? Synonyms;
        public sbyte Type;
        public string? Documentation;

        public void Describe(Wire wire)
        {
            wire.String(ref Name);
            wire.NullableString(ref Value);
            wire.Boolean(ref ReadOnly);
            wire.Boolean(ref IsDefault, until: 0);
            wire.Int8(ref Source, since: 1);
            wire.Boolean(ref IsSensitive);
            wire.Array(ref Synonyms, since: 1);
            wire.Int8(ref Type, since: 3);
            wire.NullableString(ref Documentation, since: 3);
        }
    }

    internal struct Synonym : IMessage
    {
        public string Name;
        public string? Value;
        public sbyte Source;

        public void Describe(Wire wire)
        {
            wire.String(ref Name);
            wire.NullableString(ref Value);
            wire.Int8(ref Source);
        }
    }
}
