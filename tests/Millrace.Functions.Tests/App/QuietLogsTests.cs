using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millrace.App;
using Millrace.Functions.Tests.Runner;
using Xunit;

namespace Millrace.Functions.Tests.App;

public sealed class QuietLogsTests
{
    [Theory]
    [InlineData("Azure.Core", LogLevel.Warning)]
    [InlineData("Microsoft.DurableTask.Worker", LogLevel.Warning)]
    [InlineData("System.Net.Http.HttpClient.Default.ClientHandler", LogLevel.Warning)]
    [InlineData("Millrace.Functions", LogLevel.Information)]
    [InlineData("Millrace", LogLevel.Information)]
    public void ShouldLogFromThisLevel_WhenNothingIsConfigured(string category, LogLevel lowest)
    {
        Assert.True(Passes(category, lowest));
        Assert.False(Passes(category, lowest - 1));
    }

    [Fact]
    public void ShouldDoAsTheSettingSays_WhenACategoryIsConfigured()
    {
        Assert.True(Passes("Azure.Core", LogLevel.Debug, ("LogLevel:Azure.Core", "Debug")));
        Assert.True(Passes("Other", LogLevel.Information, ("LogLevel:Default", "Information")));
        Assert.False(Passes("Millrace.Functions", LogLevel.Warning, ("LogLevel:Millrace", "Error")));
    }

    [Fact]
    public void ShouldReachTheHostsConsole_WhenALineBelongsToNoExecution()
    {
        // The host drops what a worker logs outside of executions, but for what it finds on the worker's console.
        FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder([]);
        QuietLogs.AddTo(builder.Logging);
        using ServiceProvider services = builder.Services.BuildServiceProvider();

        string all = string.Join(", ", services.GetServices<ILoggerProvider>().Select(provider => provider.GetType().Name));
        Assert.Contains("ConsoleLoggerProvider", all, StringComparison.Ordinal);
        ILogger azure = services.GetRequiredService<ILoggerFactory>().CreateLogger("Azure.Core");
        Assert.False(azure.IsEnabled(LogLevel.Information));
        Assert.True(services.GetRequiredService<ILoggerFactory>().CreateLogger("Millrace.Functions").IsEnabled(LogLevel.Information));
    }

    private static bool Passes(string category, LogLevel level, params (string Name, string Value)[] settings)
    {
        RunnerLogs logs = new();
        ServiceCollection services = new();
        services.AddLogging(logging =>
        {
            logging.AddConfiguration(
                new ConfigurationBuilder()
                    .AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value)))
                    .Build()
            );
            QuietLogs.AddTo(logging);
            logging.AddProvider(logs);
        });
        using ServiceProvider provider = services.BuildServiceProvider();
        provider.GetRequiredService<ILoggerFactory>().CreateLogger(category).Log(level, "a line");
        return logs.Text.Contains("a line", StringComparison.Ordinal);
    }
}
