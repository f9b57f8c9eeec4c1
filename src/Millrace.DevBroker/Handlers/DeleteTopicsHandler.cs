using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>Deletes topics by name or by id.</summary>
internal sealed class DeleteTopicsHandler(BrokerServices services) : ApiHandler<DeleteTopics.Request, DeleteTopics.Response>
{
    public override async ValueTask<DeleteTopics.Response?> HandleAsync(DeleteTopics.Request request, RequestContext context)
    {
        DeleteTopics.Response response = new();
        foreach (DeleteTopics.Topic wanted in Wanted(request))
        {
            DeleteTopics.Topic topic = wanted;
            if (topic.Name is null)
            {
                if (!services.Topics.TryGet(topic.TopicId, out Topics.Topic? known))
                {
                    response.Responses!.Add(
                        new()
                        {
                            TopicId = topic.TopicId,
                            Error = ErrorCode.UnknownTopicId,
                            ErrorMessage = $"There is no topic with id {topic.TopicId}.",
                        }
                    );
                    continue;
                }

                topic.Name = known.Name;
            }

            Guid id = services.Topics.TryGet(topic.Name, out Topics.Topic? found) ? found.Id : Guid.Empty;
            ErrorCode error = await services.Topics.DeleteAsync(topic.Name, context.Closed).ConfigureAwait(false);
            response.Responses!.Add(
                new()
                {
                    Name = topic.Name,
                    TopicId = id,
                    Error = error,
                    ErrorMessage = error == ErrorCode.None ? null : $"There is no topic '{topic.Name}'.",
                }
            );
        }

        return response;
    }

    public override DeleteTopics.Response Fail(DeleteTopics.Request request, ErrorCode error) =>
        new()
        {
            Responses =
            [
                .. Wanted(request)
                    .Select(t => new DeleteTopics.TopicResult
                    {
                        Name = t.Name,
                        TopicId = t.TopicId,
                        Error = error,
                        ErrorMessage = error.ToString(),
                    }),
            ],
        };

    private static IEnumerable<DeleteTopics.Topic> Wanted(DeleteTopics.Request request) =>
        request.Topics!.Concat(request.TopicNames!.Select(name => new DeleteTopics.Topic { Name = name }));
}
