using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Runtime;

namespace Millrace.Kafka.Tests.Jobs;

/// <summary>
/// The process that <see cref="KillTests"/> kills: a bounded job from one topic to another with an exactly-once sink and checkpoints in a
/// directory.
/// </summary>
internal static class KillTarget
{
    internal static async Task<int> Main(string[] args)
    {
        if (args is not ["copy", var servers, var directory])
        {
            await Console.Error.WriteLineAsync("Use: copy SERVERS DIRECTORY. The tests themselves are run by 'dotnet test'.");
            return 2;
        }

        StreamExecutionEnvironment env = new(
            new ExecutionOptions
            {
                CheckpointInterval = TimeSpan.FromMilliseconds(30),
                Parallelism = 2,
                BatchSize = 64,
            }
        )
        {
            CheckpointStore = new DirectoryObjectStore(directory),
        };
        env.FromSource(
                KafkaSource
                    .Builder<string>()
                    .SetBootstrapServers(servers)
                    .SetTopics("in")
                    .SetBounded(OffsetsInitializer.Latest())
                    .SetMaxPollRecords(64)
                    .SetDeserializer(SimpleStringSchema.Instance)
                    .Build()
            )
            .Map(static value => value)
            .SinkTo(
                KafkaSink
                    .Builder<string>()
                    .SetBootstrapServers(servers)
                    .SetTopic("out")
                    .SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce)
                    .SetTransactionTimeout(TimeSpan.FromMinutes(1))
                    .SetValueSerializer(SimpleStringSchema.Instance)
                    .Build()
            );
        await env.ExecuteAsync("copy");
        return 0;
    }
}
