using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Removes groups without members, and their offsets.</summary>
internal static class DeleteGroups
{
    internal sealed class Request : IRequest
    {
        public List<string>? Groups = [];

        public static ApiDescription Api { get; } = new(ApiKey.DeleteGroups, 0, 2, FlexibleSince: 2);

        public void Describe(Wire wire)
        {
            wire.Strings(ref Groups);
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

    internal sealed class Result : IMessage
    {
        public string GroupId = "";
        public ErrorCode Error;

        public void Describe(Wire wire)
        {
            wire.String(ref GroupId);
            wire.Error(ref Error);
        }
    }
}
