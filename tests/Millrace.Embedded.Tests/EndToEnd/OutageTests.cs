using Microsoft.Extensions.Configuration;
using Millrace.Api;
using Millrace.Embedded.Hosting;
using Millrace.Runtime;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Embedded.Tests.EndToEnd;

public sealed class OutageTests
{
    private const int Count = 200_000;

    [OwnBrokerFact]
    public async Task ShouldFinishWithTheSameOutput_WhenBrokerGoesDownAndComesUp()
    {
        DirectoryInfo data = Directory.CreateTempSubdirectory("millrace-outage-");
        try
        {
            BrokerProcess broker = await BrokerProcess.StartAsync(data.FullName, cancellationToken: Deadline.Token());
            KafkaTopics topics = new(broker.BootstrapServers);
            int port = int.Parse(broker.BootstrapServers.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
            await topics.CreateAsync("input", 2);
            await topics.CreateAsync("output", 1);
            topics.Fill("input", 2, KafkaTopics.Numbers(Count));

            await using JobClient job = Start(topics);
            await Deadline.UntilAsync(() => job.GetMetrics().LastCheckpointId > 0, "A checkpoint", Deadline.Token());
            Assert.Equal(JobStatus.Running, job.Status);
            await broker.KillAsync();
            await broker.DisposeAsync();
            await using (await BrokerProcess.StartAsync(data.FullName, port, Deadline.Token()))
            {
                JobExecutionResult result = await job.Completion.WaitAsync(Deadline.Wait);
                Assert.Equal(JobStatus.Finished, result.Metrics.Status);
                IReadOnlyList<string> output = await topics.ReadAsync("output");
                Assert.Equal(CountingJob.Expected(Count).Order(StringComparer.Ordinal), output.Order(StringComparer.Ordinal));
            }
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    private static JobClient Start(KafkaTopics topics)
    {
        Dictionary<string, string?> settings = new(StringComparer.Ordinal)
        {
            ["Kafka:bootstrap.servers"] = topics.BootstrapServers,
            ["slow-ms"] = "1",
        };
        ExecutionOptions options = new()
        {
            CheckpointInterval = TimeSpan.FromMilliseconds(100),
            RestartStrategy = RestartStrategy.FixedDelay(100, TimeSpan.FromMilliseconds(200)),
        };
        StreamExecutionEnvironment env = new(options, new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        CountingJob job = new();
        job.Build(env);
        return env.ExecuteDetached(job.Name);
    }
}
