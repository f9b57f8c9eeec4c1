using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millrace.Infra.Tests.Support;
using Xunit;

namespace Millrace.Infra.Tests;

/// <summary>What the host logs by host.json, by the same filter that the host uses.</summary>
public sealed class LogLevelTests : IDisposable
{
    private readonly ServiceProvider _services;

    public LogLevelTests()
    {
        IConfiguration host = new ConfigurationBuilder().AddJsonFile(Tree.PathOf("host.json")).Build();
        _services = new ServiceCollection()
            .AddLogging(logging => logging.AddConfiguration(host.GetSection("logging")).AddProvider(new EveryLine()))
            .BuildServiceProvider();
    }

    public void Dispose() => _services.Dispose();

    [Theory]
    [InlineData("Azure.Core", "every storage request")]
    [InlineData("Microsoft.Azure.WebJobs.Extensions.Kafka.KafkaProducer", "every record of a best-effort sink")]
    [InlineData("Kafka", "librdkafka's own lines")]
    [InlineData("DurableTask.AzureStorage", "every message of the task hub")]
    [InlineData("Host.Triggers.DurableTask", "every batch of an entity")]
    [InlineData("Function.millrace-tick", "two lines per execution")]
    public void ShouldSayOnlyWhatIsWrong_WhenALineComesPerRequestOrRecord(string category, string lines)
    {
        ILogger logger = Logger(category);

        Assert.False(logger.IsEnabled(LogLevel.Information), $"{category} logs {lines}.");
        Assert.True(logger.IsEnabled(LogLevel.Warning), category);
    }

    [Theory]
    [InlineData("Millrace.Functions")]
    [InlineData("Function.millrace-tick.User")]
    [InlineData("Host.Function.Console")]
    [InlineData("Host.Results")]
    [InlineData("Host.Startup")]
    public void ShouldKeepWhatTheJobsSay_WhenTheRestIsQuiet(string category) =>
        Assert.True(Logger(category).IsEnabled(LogLevel.Information));

    private ILogger Logger(string category) => _services.GetRequiredService<ILoggerFactory>().CreateLogger(category);

    private sealed class EveryLine : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose() { }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            // Only what is enabled is asked.
        }
    }
}
