using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Millrace.Api;
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
            Compose(
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
            Compose(new CountJob(DeliveryGuarantee.AtLeastOnce), ("Millrace:RepairTimeoutSeconds", "soon"), (name, value))
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
            Compose(
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
            Compose(
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
            Compose(
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
            Compose(
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
        HostApplicationBuilder builder = Compose(
            new CountJob(DeliveryGuarantee.AtLeastOnce),
            ("KafkaBrokers", "localhost:9092"),
            ($"AzureWebJobsStorage:{setting}", value),
            ("AzureWebJobsStorage:credential", "managedidentity")
        );

        Assert.Contains(builder.Services, service => service.ServiceType == typeof(Checkpoints.IObjectStore));
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
            Compose(
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
            Compose(
                new CountJob(DeliveryGuarantee.AtLeastOnce),
                ("KafkaBrokers", "localhost:9092"),
                ("AzureWebJobsStorage", "UseDevelopmentStorage=true"),
                ("Millrace:Container", container)
            )
        );

    internal static HostApplicationBuilder Compose(CountJob job, params (string Name, string Value)[] settings) => Compose([job], settings);

    internal static HostApplicationBuilder Compose(IStreamJob[] jobs, params (string Name, string Value)[] settings)
    {
        HostApplicationBuilder builder = new(new HostApplicationBuilderSettings { ContentRootPath = Tree.Root, DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value))
        );
        builder.AddMillraceJobs(all => Array.ForEach(jobs, job => all.Add(job)));
        return builder;
    }
}
