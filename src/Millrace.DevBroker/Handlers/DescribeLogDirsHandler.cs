using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.DevBroker.Topics;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>Shows how large partitions are.</summary>
internal sealed class DescribeLogDirsHandler(BrokerServices services) : ApiHandler<DescribeLogDirs.Request, DescribeLogDirs.Response>
{
    private const string InMemory = "memory";

    public override ValueTask<DescribeLogDirs.Response?> HandleAsync(DescribeLogDirs.Request request, RequestContext context)
    {
        DescribeLogDirs.Directory directory = new() { Path = services.Options.Directory ?? InMemory };
        foreach (Topic topic in services.Topics.All.Where(services.Topics.HasLeaders))
        {
            List<int>? wanted = request.Topics?.Find(t => t.Name == topic.Name)?.Partitions;
            if (request.Topics is not null && wanted is null)
            {
                continue;
            }

            directory.Topics!.Add(
                new TopicOf<DescribeLogDirs.PartitionResult>
                {
                    Name = topic.Name,
                    Partitions = [.. topic.Partitions.Where(p => wanted is null || wanted.Contains(p.Index)).Select(Describe)],
                }
            );
        }

        return new(new DescribeLogDirs.Response { Results = [directory] });
    }

    public override DescribeLogDirs.Response Fail(DescribeLogDirs.Request request, ErrorCode error) =>
        new() { Error = error, Results = [new DescribeLogDirs.Directory { Error = error, Path = services.Options.Directory ?? InMemory }] };

    private static DescribeLogDirs.PartitionResult Describe(Partition partition) =>
        new() { Index = partition.Index, Size = partition.HasLog ? partition.Log.SizeBytes : 0 };
}
