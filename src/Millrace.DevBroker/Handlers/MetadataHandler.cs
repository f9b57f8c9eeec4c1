using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.DevBroker.Topics;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>Describes the cluster of one, and creates topics on demand where both sides allow it.</summary>
internal sealed class MetadataHandler(BrokerServices services) : ApiHandler<Metadata.Request, Metadata.Response>
{
    public override async ValueTask<Metadata.Response?> HandleAsync(Metadata.Request request, RequestContext context)
    {
        Metadata.Response response = Answer();
        if (request.Topics is null || (context.Version == 0 && request.Topics.Count == 0))
        {
            foreach (Topic topic in services.Topics.All.Where(services.Topics.IsShown))
            {
                response.Topics!.Add(Describe(topic));
            }

            return response;
        }

        bool create = services.Options.AutoCreateTopics && request.AllowAutoTopicCreation;
        foreach (Metadata.Topic wanted in request.Topics)
        {
            response.Topics!.Add(
                wanted.Name is null || wanted.TopicId != Guid.Empty
                    ? ById(wanted.TopicId)
                    : await ByNameAsync(wanted.Name, create, context.Closed).ConfigureAwait(false)
            );
        }

        return response;
    }

    public override Metadata.Response Fail(Metadata.Request request, ErrorCode error)
    {
        Metadata.Response response = Answer();
        foreach (Metadata.Topic wanted in request.Topics ?? [])
        {
            response.Topics!.Add(
                new Metadata.TopicMetadata
                {
                    Error = error,
                    Name = wanted.Name ?? "",
                    TopicId = wanted.TopicId,
                }
            );
        }

        return response;
    }

    private Metadata.Response Answer() =>
        new()
        {
            ClusterId = services.ClusterId,
            ControllerId = services.Node.Id,
            Brokers =
            [
                new Metadata.Broker
                {
                    NodeId = services.Node.Id,
                    Host = services.Node.Host,
                    Port = services.Node.Port,
                },
            ],
        };

    private Metadata.TopicMetadata ById(Guid id) =>
        services.Topics.TryGetShown(id, out Topic? topic)
            ? Describe(topic)
            : new()
            {
                Error = ErrorCode.UnknownTopicId,
                TopicId = id,
                Name = null,
            };

    private async ValueTask<Metadata.TopicMetadata> ByNameAsync(string name, bool create, CancellationToken cancellationToken)
    {
        if (services.Topics.TryGetShown(name, out Topic? topic))
        {
            return Describe(topic);
        }

        ErrorCode error = TopicName.IsValid(name) ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopic;
        if (create && error == ErrorCode.UnknownTopicOrPartition)
        {
            await services
                .Topics.CreateAsync(name, services.Options.DefaultPartitions, cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            if (services.Topics.TryGetShown(name, out topic))
            {
                return Describe(topic);
            }
        }

        return new() { Error = error, Name = name };
    }

    private Metadata.TopicMetadata Describe(Topic topic)
    {
        Metadata.TopicMetadata described = new() { Name = topic.Name, TopicId = topic.Id };
        List<int> node = new() { services.Node.Id };
        bool hasLeaders = services.Topics.HasLeaders(topic);
        foreach (Partition partition in topic.Partitions)
        {
            described.Partitions!.Add(
                new Metadata.Partition
                {
                    Error = hasLeaders ? ErrorCode.None : ErrorCode.LeaderNotAvailable,
                    Index = partition.Index,
                    LeaderId = hasLeaders ? services.Node.Id : -1,
                    LeaderEpoch = partition.LeaderEpoch,
                    ReplicaNodes = node,
                    IsrNodes = node,
                    OfflineReplicas = [],
                }
            );
        }

        return described;
    }
}
