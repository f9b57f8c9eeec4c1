using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Millrace.Api;
using Millrace.Functions.Jobs;
using Millrace.Functions.Tests.EndToEnd;
using Millrace.Functions.Tests.Repository;
using Millrace.Kafka;
using Millrace.Samples.Logs;
using Xunit;

namespace Millrace.Functions.Tests.Configuration;

public sealed class ConfigurationTests
{
    [Fact]
    public void ShouldListEverythingAtOnce_WhenConfigurationIsWrong()
    {
        MillraceConfigurationException error = Assert.Throws<MillraceConfigurationException>(() =>
            Check(
                new CountJob(DeliveryGuarantee.AtLeastOnce),
                ("Millrace:Jobs", "count,nothing"),
                ("Millrace:LagThreshold", "0"),
                ("AzureFunctionsJobHost:extensions:kafka:commitOnFailure", "true"),
                ("AzureFunctionsJobHost:extensions:kafka:maxRetries", "5")
            )
        );

        Assert.Contains(error.Errors, message => message.Contains("KafkaBrokers is missing", StringComparison.Ordinal));
        Assert.Contains(error.Errors, message => message.Contains("'AzureWebJobsStorage' names no account", StringComparison.Ordinal));
        Assert.Contains(error.Errors, message => message.Contains("'nothing'", StringComparison.Ordinal));
        Assert.Contains(error.Errors, message => message.Contains("LagThreshold", StringComparison.Ordinal));
        Assert.Contains(error.Errors, message => message.Contains("commitOnFailure", StringComparison.Ordinal));
        Assert.Contains(error.Errors, message => message.Contains("maxRetries", StringComparison.Ordinal));
        Assert.All(error.Errors, message => Assert.Contains(message, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Millrace:Parallelism", "abc", "Millrace:Parallelism is 'abc', expected a whole number from 1 to 32768")]
    [InlineData("Millrace:LagThreshold", "1.5", "Millrace:LagThreshold is '1.5', expected a whole number from 1 to 100000000")]
    [InlineData("Millrace:TickSchedule", "whenever", "Millrace:TickSchedule is 'whenever', expected a cron expression")]
    [InlineData("Millrace:TickSchedule", "", "Millrace:TickSchedule is empty")]
    [InlineData("Millrace:Ledgers", "Files", "Millrace:Ledgers is 'Files', expected Tables or Blobs")]
    [InlineData("Millrace:Ledgers", "1", "Millrace:Ledgers is '1', expected Tables or Blobs")]
    [InlineData("Millrace:Paralelism", "8", "Millrace:Paralelism is unknown, expected one of Jobs,")]
    [InlineData("Millrace:count:Parallelism", "many", "Millrace:count:Parallelism is 'many', expected a whole number")]
    [InlineData("Millrace:count:RestorFrom", "x", "Millrace:count:RestorFrom is unknown")]
    [InlineData("Millrace:cuont:RestoreFrom", "x", "Millrace:cuont:RestoreFrom is unknown, expected Millrace:JOB:Parallelism")]
    public void ShouldSayWhatASettingMayBe_BesideWhateverElseIsWrong(string name, string value, string message)
    {
        MillraceConfigurationException error = Assert.Throws<MillraceConfigurationException>(() =>
            Check(new CountJob(DeliveryGuarantee.AtLeastOnce), ("Millrace:RepairTimeoutSeconds", "soon"), (name, value))
        );

        Assert.Contains(error.Errors, each => each.Contains(message, StringComparison.Ordinal));
        Assert.Contains(error.Errors, each => each.Contains("RepairTimeoutSeconds is 'soon'", StringComparison.Ordinal));
        Assert.Contains(error.Errors, each => each.Contains("KafkaBrokers is missing", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Millrace:TickSchedule", "*/5 * * * * *")]
    [InlineData("Millrace:TickSchedule", "0 */5 * * * *")]
    [InlineData("Millrace:TickSchedule", "*/5 * * * *")]
    [InlineData("Millrace:TickSchedule", "00:00:05")]
    [InlineData("Millrace:TickSchedule", "%Tick%")]
    [InlineData("Millrace:Ledgers", "blobs")]
    [InlineData("millrace:parallelism", "8")]
    [InlineData("Millrace:Count:parallelism", "8")]
    public void ShouldTakeASetting_WhenTheHostWould(string name, string value) =>
        Assert.NotNull(
            Check(
                new CountJob(DeliveryGuarantee.AtLeastOnce),
                ("KafkaBrokers", "localhost:9092"),
                ("AzureWebJobsStorage", "UseDevelopmentStorage=true"),
                (name, value)
            )
        );

    [Fact]
    public void ShouldListEveryParameterOfAJob_WhenSeveralAreWrong()
    {
        MillraceConfigurationException error = Assert.Throws<MillraceConfigurationException>(() =>
            Check(
                [new LogAnalysisJob()],
                ("KafkaBrokers", "localhost:9092"),
                ("AzureWebJobsStorage", "UseDevelopmentStorage=true"),
                ("log_analysis:window_seconds", "long"),
                ("log_analysis:guarantee", "Sometimes"),
                ("log_analysis:top", "0")
            )
        );

        string[] wrong = [.. error.Errors.Where(each => each.StartsWith("Job 'log-analysis': Parameter ", StringComparison.Ordinal))];
        Assert.Equal(3, wrong.Length);
        Assert.Contains(wrong, each => each.Contains("the setting log_analysis__window_seconds", StringComparison.Ordinal));
    }

    [Fact]
    public void ShouldRefuseJob_WhenParallelismIsOverMaxParallelism()
    {
        MillraceConfigurationException error = Assert.Throws<MillraceConfigurationException>(() =>
            Check(
                new CountJob(DeliveryGuarantee.AtLeastOnce, parallelism: 129),
                ("KafkaBrokers", "localhost:9092"),
                ("AzureWebJobsStorage", "UseDevelopmentStorage=true")
            )
        );

        Assert.Contains(
            error.Errors,
            message => message.Contains("'count'", StringComparison.Ordinal) && message.Contains("129", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void ShouldRefuseJob_WhenASinkHasAPartitioner()
    {
        MillraceConfigurationException error = Assert.Throws<MillraceConfigurationException>(() =>
            Check(
                new CountJob(DeliveryGuarantee.AtLeastOnce, partitioner: (_, _, _) => 0),
                ("KafkaBrokers", "localhost:9092"),
                ("AzureWebJobsStorage", "UseDevelopmentStorage=true"),
                ("Millrace:LagThreshold", "0")
            )
        );

        Assert.Contains(
            error.Errors,
            message =>
                message.Contains("partitioner", StringComparison.Ordinal)
                && message.Contains("KafkaProducerRecord.Partition", StringComparison.Ordinal)
        );
        Assert.Contains(error.Errors, message => message.Contains("LagThreshold", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("accountName", "account")]
    [InlineData("blobServiceUri", "https://account.blob.core.windows.net")]
    public void ShouldTakeAnIdentity_WhenThereIsNoConnectionString(string setting, string value)
    {
        JobCatalog catalog = Check(
            new CountJob(DeliveryGuarantee.AtLeastOnce),
            ("KafkaBrokers", "localhost:9092"),
            ($"AzureWebJobsStorage:{setting}", value),
            ("AzureWebJobsStorage:credential", "managedidentity")
        );

        Assert.Single(catalog.Jobs);
    }

    [Theory]
    [InlineData("c2")]
    [InlineData("Millrace")]
    [InlineData("my_ledgers")]
    [InlineData("a--b")]
    [InlineData("-abc")]
    [InlineData("abc-")]
    [InlineData("")]
    [InlineData("abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-0123456789")]
    public void ShouldRefuseTheContainer_WhenAzureWouldNotHaveIt(string container)
    {
        MillraceConfigurationException error = Assert.Throws<MillraceConfigurationException>(() =>
            Check(
                new CountJob(DeliveryGuarantee.AtLeastOnce),
                ("KafkaBrokers", "localhost:9092"),
                ("AzureWebJobsStorage", "UseDevelopmentStorage=true"),
                ("Millrace:Container", container)
            )
        );

        string message = Assert.Single(error.Errors);
        Assert.StartsWith("Setting Millrace:Container", message, StringComparison.Ordinal);
        Assert.Contains($"'{container}'", message, StringComparison.Ordinal);
        Assert.Contains("3 to 63 lower-case letters, digits and '-'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("0-1-2")]
    [InlineData("millrace-orders")]
    [InlineData("abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-012345678")]
    public void ShouldTakeTheContainer_WhenAzureWould(string container) =>
        Assert.NotNull(
            Check(
                new CountJob(DeliveryGuarantee.AtLeastOnce),
                ("KafkaBrokers", "localhost:9092"),
                ("AzureWebJobsStorage", "UseDevelopmentStorage=true"),
                ("Millrace:Container", container)
            )
        );

    [Fact]
    public void ShouldMakeJobsOfServices()
    {
        HostApplicationBuilder builder = NewBuilder(
            ("KafkaBrokers", "localhost:9092"),
            ("AzureWebJobsStorage", "UseDevelopmentStorage=true")
        );
        builder.AddMillraceJobs(jobs => jobs.Add<NamedJob>().Add("declared", static (env, _) => Declare(env, "declared-topic")));
        builder.Services.AddSingleton(new Topic("topic-of-a-service"));

        using IHost host = builder.Build();

        JobCatalog catalog = host.Services.GetRequiredService<JobCatalog>();
        Assert.Equal(["named", "declared"], catalog.Jobs.Select(job => job.Name));
        Assert.Equal(["source-topic-of-a-service", "source-declared-topic"], catalog.SourceFunctions.Select(each => each.FunctionName));
    }

    [Fact]
    public async Task ShouldNameTheJob_WhenAServiceIsMissing()
    {
        HostApplicationBuilder builder = NewBuilder();
        builder.AddMillraceJobs(static jobs => jobs.Add<NamedJob>());
        using IHost host = builder.Build();

        MillraceConfigurationException error = await Assert.ThrowsAsync<MillraceConfigurationException>(() => host.StartAsync());

        Assert.Contains(
            error.Errors,
            message =>
                message.StartsWith("Job NamedJob could not be made:", StringComparison.Ordinal)
                && message.Contains(nameof(Topic), StringComparison.Ordinal)
        );
        Assert.DoesNotContain(error.Errors, message => message.Contains("has no job", StringComparison.Ordinal));
    }

    internal static HostApplicationBuilder Compose(CountJob job, params (string Name, string Value)[] settings) => Compose([job], settings);

    internal static HostApplicationBuilder Compose(IStreamJob[] jobs, params (string Name, string Value)[] settings)
    {
        HostApplicationBuilder builder = NewBuilder(settings);
        builder.AddMillraceJobs(all => Array.ForEach(jobs, job => all.Add(job)));
        return builder;
    }

    /// <summary>What the start of an app checks.</summary>
    internal static JobCatalog Check(HostApplicationBuilder builder)
    {
        using IHost host = builder.Build();
        _ = host.Services.GetServices<IHostedService>();
        return host.Services.GetRequiredService<JobCatalog>();
    }

    private static JobCatalog Check(CountJob job, params (string Name, string Value)[] settings) => Check([job], settings);

    private static JobCatalog Check(IStreamJob[] jobs, params (string Name, string Value)[] settings) => Check(Compose(jobs, settings));

    private static HostApplicationBuilder NewBuilder(params (string Name, string Value)[] settings)
    {
        HostApplicationBuilder builder = new(new HostApplicationBuilderSettings { ContentRootPath = Tree.Root, DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value))
        );
        return builder;
    }

    private static void Declare(StreamExecutionEnvironment env, string topic) =>
        env.FromSource(
                KafkaSource
                    .Builder<string>()
                    .SetProperties(env.Configuration.GetSection("Kafka"))
                    .SetTopics(topic)
                    .SetDeserializer(SimpleStringSchema.Instance)
                    .Build()
            )
            .WithUid("source")
            .SinkTo(
                KafkaSink
                    .Builder<string>()
                    .SetProperties(env.Configuration.GetSection("Kafka"))
                    .SetTopic("out")
                    .SetValueSerializer(SimpleStringSchema.Instance)
                    .Build()
            )
            .WithUid("sink");

    private sealed record Topic(string Name);

    private sealed class NamedJob(Topic topic) : IStreamJob
    {
        public string Name => "named";

        public void Build(StreamExecutionEnvironment env) => Declare(env, topic.Name);
    }
}
