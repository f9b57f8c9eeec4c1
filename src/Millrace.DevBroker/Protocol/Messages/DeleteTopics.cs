using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Deletes topics with everything in them.</summary>
internal static class DeleteTopics
{
    internal sealed class Request : IRequest
    {
        public List<Topic>? Topics = [];
        public List<string>? TopicNames = [];
        public int TimeoutMs;

        public static ApiDescription Api { get; } = new(ApiKey.DeleteTopics, 0, 6, FlexibleSince: 4);

        public void Describe(Wire wire)
        {
            wire.Array(ref Topics, since: 6);
            wire.Strings(ref TopicNames, until: 5);
            wire.Int32(ref TimeoutMs);
        }
    }

    internal struct Topic : IMessage
    {
        public string? Name;
        public Guid TopicId;

        public void Describe(Wire wire)
        {
            wire.NullableString(ref Name);
            wire.Uuid(ref TopicId);
        }
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public List<TopicResult>? Responses = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs, since: 1);
            wire.Array(ref Responses);
        }
    }

    internal struct TopicResult : IMessage
    {
        public string? Name;
        public Guid TopicId;
        public ErrorCode Error;
        public string? ErrorMessage;

        public void Describe(Wire wire)
        {
            wire.NullableString(ref Name);
            wire.Uuid(ref TopicId, since: 6);
            wire.Error(ref Error);
            wire.NullableString(ref ErrorMessage, since: 5);
        }
    }
}
