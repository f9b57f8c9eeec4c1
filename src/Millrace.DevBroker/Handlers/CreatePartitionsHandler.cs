using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.DevBroker.Topics;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>Gives topics more partitions; there are never fewer.</summary>
internal sealed class CreatePartitionsHandler(BrokerServices services) : ApiHandler<CreatePartitions.Request, CreatePartitions.Response>
{
    public override async ValueTask<CreatePartitions.Response?> HandleAsync(CreatePartitions.Request request, RequestContext context)
    {
        CreatePartitions.Response response = new();
        foreach (CreatePartitions.Topic topic in request.Topics!)
        {
            (ErrorCode error, string? message) = Check(topic);
            if (error == ErrorCode.None && !request.ValidateOnly)
            {
                error = await services.Topics.AddPartitionsAsync(topic.Name, topic.Count, context.Closed).ConfigureAwait(false);
            }

            response.Results!.Add(
                new()
                {
                    Name = topic.Name,
                    Error = error,
                    ErrorMessage = error == ErrorCode.None ? null : message ?? error.ToString(),
                }
            );
        }

        return response;
    }

    public override CreatePartitions.Response Fail(CreatePartitions.Request request, ErrorCode error) =>
        new()
        {
            Results = request.Topics!.ConvertAll(t => new CreatePartitions.TopicResult
            {
                Name = t.Name,
                Error = error,
                ErrorMessage = error.ToString(),
            }),
        };

    private (ErrorCode Error, string? Message) Check(CreatePartitions.Topic topic)
    {
        if (!services.Topics.TryGet(topic.Name, out Topic? found))
        {
            return (ErrorCode.UnknownTopicOrPartition, $"There is no topic '{topic.Name}'.");
        }

        if (topic.Count <= found.Partitions.Count || topic.Count > TopicStore.MaxPartitions)
        {
            return (
                ErrorCode.InvalidPartitions,
                $"Topic '{topic.Name}' has {found.Partitions.Count} partitions and is to have {topic.Count}; use more than it has, and "
                    + $"{TopicStore.MaxPartitions} at most."
            );
        }

        return (ErrorCode.None, null);
    }
}
