using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>A cluster of one has nothing to elect: each partition is led by its only replica already.</summary>
internal sealed class ElectLeadersHandler(BrokerServices services) : ApiHandler<ElectLeaders.Request, ElectLeaders.Response>
{
    public override ValueTask<ElectLeaders.Response?> HandleAsync(ElectLeaders.Request request, RequestContext context) =>
        new(Answer(request, Elect));

    public override ElectLeaders.Response Fail(ElectLeaders.Request request, ErrorCode error)
    {
        ElectLeaders.Response response = Answer(
            request,
            (_, index) =>
                new()
                {
                    Index = index,
                    Error = error,
                    ErrorMessage = error.ToString(),
                }
        );
        response.Error = error;
        return response;
    }

    private static ElectLeaders.Response Answer(ElectLeaders.Request request, Func<string, int, ElectLeaders.PartitionResult> elect) =>
        new()
        {
            Results =
                request.Topics?.ConvertAll(t => new TopicOf<ElectLeaders.PartitionResult>
                {
                    Name = t.Name,
                    Partitions = t.Partitions!.ConvertAll(p => elect(t.Name, p)),
                })
                ?? [],
        };

    private ElectLeaders.PartitionResult Elect(string topic, int index)
    {
        if (!services.Topics.TryGet(topic, out Topics.Topic? found))
        {
            return new()
            {
                Index = index,
                Error = ErrorCode.UnknownTopicOrPartition,
                ErrorMessage = $"There is no topic '{topic}'.",
            };
        }

        return index >= 0 && index < found.Partitions.Count
            ? new()
            {
                Index = index,
                Error = ErrorCode.ElectionNotNeeded,
                ErrorMessage = "The only replica leads already.",
            }
            : new()
            {
                Index = index,
                Error = ErrorCode.UnknownTopicOrPartition,
                ErrorMessage = $"There is no partition {topic}-{index}.",
            };
    }
}
