using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Grants and denials of access.</summary>
internal static class CreateAcls
{
    internal sealed class Request : IRequest
    {
        public List<Acl>? Creations = [];

        public static ApiDescription Api { get; } = new(ApiKey.CreateAcls, 1, 3, FlexibleSince: 2);

        public void Describe(Wire wire) => wire.Array(ref Creations);
    }

    internal struct Acl : IMessage
    {
        public sbyte ResourceType;
        public string ResourceName;
        public sbyte PatternType;
        public string Principal;
        public string Host;
        public sbyte Operation;
        public sbyte PermissionType;

        public void Describe(Wire wire)
        {
            wire.Int8(ref ResourceType);
            wire.String(ref ResourceName);
            wire.Int8(ref PatternType);
            wire.String(ref Principal);
            wire.String(ref Host);
            wire.Int8(ref Operation);
            wire.Int8(ref PermissionType);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public List<Result>? Results = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs);
            wire.Array(ref Results);
        }
    }

    internal struct Result : IMessage
    {
        public ErrorCode Error;
        public string? ErrorMessage;

        public void Describe(Wire wire)
        {
            wire.Error(ref Error);
            wire.NullableString(ref ErrorMessage);
        }
    }
}
