using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>Lets a consumer find out whether records it has read were lost in a crash.</summary>
internal sealed class OffsetForLeaderEpochHandler(BrokerServices services)
    : ApiHandler<OffsetForLeaderEpoch.Request, OffsetForLeaderEpoch.Response>
{
    private const int EpochSince = 2;

    public override ValueTask<OffsetForLeaderEpoch.Response?> HandleAsync(OffsetForLeaderEpoch.Request request, RequestContext context) =>
        new(Answer(request, (topic, partition) => Find(topic, partition, context.Version)));

    public override OffsetForLeaderEpoch.Response Fail(OffsetForLeaderEpoch.Request request, ErrorCode error) =>
        Answer(request, (_, partition) => Failed(partition.Index, error));

    private static OffsetForLeaderEpoch.Response Answer(
        OffsetForLeaderEpoch.Request request,
        Func<string, OffsetForLeaderEpoch.Partition, OffsetForLeaderEpoch.PartitionResult> find
    )
    {
        OffsetForLeaderEpoch.Response response = new();
        foreach (TopicOf<OffsetForLeaderEpoch.Partition> topic in request.Topics!)
        {
            response.Topics!.Add(
                new TopicOf<OffsetForLeaderEpoch.PartitionResult>
                {
                    Name = topic.Name,
                    Partitions = topic.Partitions!.ConvertAll(p => find(topic.Name, p)),
                }
            );
        }

        return response;
    }

    private static OffsetForLeaderEpoch.PartitionResult Failed(int index, ErrorCode error) =>
        new()
        {
            Index = index,
            Error = error,
            LeaderEpoch = -1,
            EndOffset = -1,
        };

    private OffsetForLeaderEpoch.PartitionResult Find(string topic, OffsetForLeaderEpoch.Partition wanted, short version)
    {
        if (services.Topics.Locate(topic, wanted.Index, out Topics.Partition? partition) is var missing and not ErrorCode.None)
        {
            return Failed(wanted.Index, missing);
        }

        ErrorCode stale = LeaderEpochCheck.Check(version >= EpochSince ? wanted.CurrentLeaderEpoch : -1, partition.LeaderEpoch);
        if (stale != ErrorCode.None)
        {
            return Failed(wanted.Index, stale);
        }

        (int epoch, long end) = partition.Log.EndOfEpoch(wanted.LeaderEpoch);
        return new()
        {
            Index = wanted.Index,
            LeaderEpoch = epoch,
            EndOffset = end,
        };
    }
}
