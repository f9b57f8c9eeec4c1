using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups.Handlers;

internal sealed class OffsetFetchHandler(GroupCoordinator groups) : ApiHandler<OffsetFetch.Request, OffsetFetch.Response>
{
    private const int FirstVersionWithManyGroups = 8;
    private const long NoOffset = -1;

    public override ValueTask<OffsetFetch.Response?> HandleAsync(OffsetFetch.Request request, RequestContext context)
    {
        OffsetFetch.Response response = new();
        if (context.Version < FirstVersionWithManyGroups)
        {
            response.Topics = Fetch(request.GroupId, request.Topics, request.RequireStable);
        }
        else
        {
            foreach (OffsetFetch.Group group in request.Groups!)
            {
                response.Groups!.Add(
                    new OffsetFetch.GroupResult
                    {
                        GroupId = group.GroupId,
                        Topics = Fetch(group.GroupId, group.Topics, request.RequireStable),
                    }
                );
            }
        }

        return new(response);
    }

    public override OffsetFetch.Response Fail(OffsetFetch.Request request, ErrorCode error) =>
        new()
        {
            Error = error,
            Groups = [.. request.Groups!.Select(group => new OffsetFetch.GroupResult { GroupId = group.GroupId, Error = error })],

            // Version 0 and 1 have no place for an error but the partitions.
            Topics =
            [
                .. (request.Topics ?? []).Select(topic => new TopicOf<OffsetFetch.PartitionResult>
                {
                    Name = topic.Name,
                    Partitions = [.. topic.Partitions!.Select(index => Nothing(index, error))],
                }),
            ],
        };

    private static OffsetFetch.PartitionResult Nothing(int index, ErrorCode error) =>
        new()
        {
            Index = index,
            CommittedOffset = NoOffset,
            Metadata = "",
            Error = error,
        };

    private List<TopicOf<OffsetFetch.PartitionResult>> Fetch(string groupId, List<TopicPartitions>? wanted, bool requireStable)
    {
        TopicPartition[]? partitions = wanted
            ?.SelectMany(topic => topic.Partitions!.Select(index => new TopicPartition(topic.Name, index)))
            .ToArray();
        return
        [
            .. groups
                .FetchOffsets(groupId, partitions, requireStable)
                .GroupBy(fetched => fetched.Partition.Topic, StringComparer.Ordinal)
                .Select(topic => new TopicOf<OffsetFetch.PartitionResult> { Name = topic.Key, Partitions = [.. topic.Select(ToWire)] }),
        ];
    }

    private static OffsetFetch.PartitionResult ToWire(FetchedOffset fetched)
    {
        if (fetched.IsUnstable)
        {
            return Nothing(fetched.Partition.Partition, ErrorCode.UnstableOffsetCommit);
        }

        if (fetched.Offset is not { } offset)
        {
            return Nothing(fetched.Partition.Partition, ErrorCode.None);
        }

        return new OffsetFetch.PartitionResult
        {
            Index = fetched.Partition.Partition,
            CommittedOffset = offset.Offset,
            CommittedLeaderEpoch = offset.LeaderEpoch,
            Metadata = offset.Metadata,
        };
    }
}
