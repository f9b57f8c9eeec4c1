using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.DevBroker.Storage;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>Finds offsets: the ends of a partition, by timestamp, and that of the largest timestamp.</summary>
internal sealed class ListOffsetsHandler(BrokerServices services) : ApiHandler<ListOffsets.Request, ListOffsets.Response>
{
    private const int EpochSince = 4;

    public override ValueTask<ListOffsets.Response?> HandleAsync(ListOffsets.Request request, RequestContext context) =>
        new(Answer(request, (topic, partition) => Find(topic, partition, request.IsolationLevel == 1, context.Version)));

    public override ListOffsets.Response Fail(ListOffsets.Request request, ErrorCode error) =>
        Answer(request, (_, partition) => Failed(partition.Index, error));

    private static ListOffsets.Response Answer(
        ListOffsets.Request request,
        Func<string, ListOffsets.Partition, ListOffsets.PartitionResult> find
    )
    {
        ListOffsets.Response response = new();
        foreach (TopicOf<ListOffsets.Partition> topic in request.Topics!)
        {
            response.Topics!.Add(
                new TopicOf<ListOffsets.PartitionResult>
                {
                    Name = topic.Name,
                    Partitions = topic.Partitions!.ConvertAll(p => find(topic.Name, p)),
                }
            );
        }

        return response;
    }

    private static ListOffsets.PartitionResult Failed(int index, ErrorCode error) =>
        new()
        {
            Index = index,
            Error = error,
            Timestamp = -1,
            Offset = -1,
            LeaderEpoch = -1,
        };

    private ListOffsets.PartitionResult Find(string topic, ListOffsets.Partition wanted, bool committed, short version)
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

        PartitionLog log = partition.Log;
        TimestampOffset found = wanted.Timestamp switch
        {
            ListOffsetsTimestamp.Latest => new TimestampOffset(-1, committed ? log.LastStableOffset : log.HighWatermark),
            ListOffsetsTimestamp.Earliest or ListOffsetsTimestamp.EarliestLocal => new TimestampOffset(-1, log.LogStartOffset),
            ListOffsetsTimestamp.MaxTimestamp => log.FindMaxTimestamp(),
            ListOffsetsTimestamp.LatestTiered => TimestampOffset.None,
            < 0 => new TimestampOffset(-1, -2),
            _ => log.FindTimestamp(wanted.Timestamp, committed),
        };
        if (found.Offset < -1)
        {
            return Failed(wanted.Index, ErrorCode.InvalidRequest);
        }

        return new ListOffsets.PartitionResult
        {
            Index = wanted.Index,
            Timestamp = found.Timestamp,
            Offset = found.Offset,
            LeaderEpoch = wanted.Timestamp == ListOffsetsTimestamp.Latest ? partition.LeaderEpoch : log.EpochAt(found.Offset),
        };
    }
}
