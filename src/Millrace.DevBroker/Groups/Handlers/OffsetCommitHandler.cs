using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.DevBroker.Topics;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups.Handlers;

internal sealed class OffsetCommitHandler(GroupCoordinator groups, TopicStore topics, GroupCoordinatorOptions options)
    : ApiHandler<OffsetCommit.Request, OffsetCommit.Response>
{
    private const int FirstVersionWithGroupIdNotFound = 9;

    public override async ValueTask<OffsetCommit.Response?> HandleAsync(OffsetCommit.Request request, RequestContext context)
    {
        List<OffsetToCommit> offsets = new();
        foreach (TopicOf<OffsetCommit.Partition> topic in request.Topics!.Where(topic => topics.TryGetShown(topic.Name, out _)))
        {
            foreach (OffsetCommit.Partition partition in topic.Partitions!.Where(partition => !IsTooLong(partition.CommittedMetadata)))
            {
                offsets.Add(
                    new OffsetToCommit(
                        new TopicPartition(topic.Name, partition.Index),
                        partition.CommittedOffset,
                        partition.CommittedLeaderEpoch,
                        partition.CommittedMetadata
                    )
                );
            }
        }

        ErrorCode error = await groups
            .CommitOffsetsAsync(
                new OffsetCommitCommand
                {
                    GroupId = request.GroupId,
                    Generation = request.GenerationId,
                    MemberId = request.MemberId,
                    InstanceId = request.GroupInstanceId,
                    Retention = request.RetentionTimeMs < 0 ? null : TimeSpan.FromMilliseconds(request.RetentionTimeMs),
                    Offsets = offsets,
                },
                context.Closed
            )
            .ConfigureAwait(false);
        if (
            error == ErrorCode.IllegalGeneration
            && context.Version >= FirstVersionWithGroupIdNotFound
            && groups.Describe(request.GroupId) is null
        )
        {
            error = ErrorCode.GroupIdNotFound;
        }

        return Fail(request, error);
    }

    /// <summary>Also the answer when all went well: <paramref name="error"/> stands at every partition that has none of its own.</summary>
    public override OffsetCommit.Response Fail(OffsetCommit.Request request, ErrorCode error) =>
        new()
        {
            Topics =
            [
                .. request.Topics!.Select(topic =>
                {
                    bool known = topics.TryGetShown(topic.Name, out _);
                    return new TopicOf<PartitionError>
                    {
                        Name = topic.Name,
                        Partitions =
                        [
                            .. topic.Partitions!.Select(partition => new PartitionError
                            {
                                Index = partition.Index,
                                Error =
                                    !known ? ErrorCode.UnknownTopicOrPartition
                                    : error == ErrorCode.None && IsTooLong(partition.CommittedMetadata) ? ErrorCode.OffsetMetadataTooLarge
                                    : error,
                            }),
                        ],
                    };
                }),
            ],
        };

    private bool IsTooLong(string? metadata) => metadata?.Length > options.MaxOffsetMetadata;
}
