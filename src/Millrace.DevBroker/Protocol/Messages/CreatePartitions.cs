using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Protocol.Messages;

/// <summary>Gives topics more partitions.</summary>
internal static class CreatePartitions
{
    internal sealed class Request : IRequest
    {
        public List<Topic>? Topics = [];
        public int TimeoutMs;
        public bool ValidateOnly;

        public static ApiDescription Api { get; } = new(ApiKey.CreatePartitions, 0, 3, FlexibleSince: 2);

        public void Describe(Wire wire)
        {
            wire.Array(ref Topics);
            wire.Int32(ref TimeoutMs);
            wire.Boolean(ref ValidateOnly);
        }
    }

    internal sealed class Topic : IMessage
    {
        public string Name = "";

        /// <summary>How many partitions the topic is to have in all.</summary>
        public int Count;
        public List<Assignment>? Assignments = [];

        public void Describe(Wire wire)
        {
            wire.String(ref Name);
            wire.Int32(ref Count);
            wire.Array(ref Assignments, nullable: true);
        }
    }

    internal struct Assignment : IMessage
    {
        public List<int>? BrokerIds;

        public void Describe(Wire wire) => wire.Int32s(ref BrokerIds);
    }

    internal sealed class Response : IMessage
    {
        public int ThrottleTimeMs;
        public List<TopicResult>? Results = [];

        public void Describe(Wire wire)
        {
            wire.Int32(ref ThrottleTimeMs);
            wire.Array(ref Results);
        }
    }

    internal struct TopicResult : IMessage
    {
        public string Name;
        public ErrorCode Error;
        public string? ErrorMessage;

        public void Describe(Wire wire)
        {
            wire.String(ref Name);
            wire.Error(ref Error);
            wire.NullableString(ref ErrorMessage);
        }
    }
}
