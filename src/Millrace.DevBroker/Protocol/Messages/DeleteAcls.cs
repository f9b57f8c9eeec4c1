using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Takes back grants and denials of access. There are none here, so an answer never holds any.</summary>
internal static class DeleteAcls
{
    internal sealed class Request : IRequest
    {
        public List<Filter>? Filters = [];

        public static ApiDescription Api { get; } = new(ApiKey.DeleteAcls, 1, 3, FlexibleSince: 2);

        public void Describe(Wire wire) => wire.Array(ref Filters);
    }

    internal struct Filter : IMessage
    {
        public sbyte ResourceType;
        public string? ResourceName;
        public sbyte PatternType;
        public string? Principal;
        public string? Host;
        public sbyte Operation;
        public sbyte PermissionType;

        public void Describe(Wire wire)
        {
            wire.Int8(ref ResourceType);
            wire.NullableString(ref ResourceName);
            wire.Int8(ref PatternType);
            wire.NullableString(ref Principal);
            wire.NullableString(ref Host);
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
        public List<int>? MatchingAcls;

        public void Describe(Wire wire)
        {
            wire.Error(ref Error);
            wire.NullableString(ref ErrorMessage);
            wire.Int32s(ref MatchingAcls);
        }
    }
}
