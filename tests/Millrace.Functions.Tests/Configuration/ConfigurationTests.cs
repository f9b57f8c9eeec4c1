using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Millrace.Api;
using Millrace.Functions.Tests.EndToEnd;
using Millrace.Functions.Tests.Repository;
using Millrace.Kafka;
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
