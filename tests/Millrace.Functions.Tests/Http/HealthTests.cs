using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;
using Millrace.Functions.Http;
using Millrace.Functions.Tests.Configuration;
using Millrace.Functions.Tests.EndToEnd;
using Millrace.Functions.Tests.Runner;
using Millrace.Kafka;
using Millrace.Testing;
using Xunit;

namespace Millrace.Functions.Tests.Http;

public sealed class HealthTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly ManualTimeProvider _time = new();
    private readonly RunnerLogs _logs = new();
    private readonly CountingStore _store;
    private readonly IHost _app;
    private int _calls;
    private Func<Task> _pass = static () => Task.CompletedTask;

    public HealthTests()
    {
        _store = new CountingStore(new InMemoryObjectStore(), () => Interlocked.Increment(ref _calls), _ => _pass())
        {
            Fails = static _ => true,
        };
        HostApplicationBuilder builder = ConfigurationTests.Compose(
            new CountJob(DeliveryGuarantee.AtLeastOnce),
            ("KafkaBrokers", "localhost:1"),
            ("AzureWebJobsStorage", "UseDevelopmentStorage=true")
        );
        builder.Services.AddSingleton<IObjectStore>(_store);
        builder.Services.AddSingleton<ILedgerStore>(new ObjectLedgerStore(_store));
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.Logging.AddProvider(_logs);
        _app = builder.Build();
    }

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task ShouldTellNoTextOfAnException_WhenTheStoreIsAway()
    {
        (HttpStatusCode status, string body) = await ReadyAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        JsonNode answer = JsonNode.Parse(body)!;
        Assert.Equal("not ready", (string)answer["status"]!);
        Assert.Equal(["reason", "status"], answer.AsObject().Select(pair => pair.Key).Order(StringComparer.Ordinal));
        Assert.Contains("log", (string)answer["reason"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("control.json", body, StringComparison.Ordinal);
        Assert.DoesNotContain("cannot be reached to get", body, StringComparison.Ordinal);
        Assert.Contains("cannot be reached to get", _logs.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldAskTheStoreAtItsOwnRate_WhenCallersAreMany()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => ReadyAsync()));
        int once = Volatile.Read(ref _calls);
        Assert.Equal(1, once);

        _time.Advance(TimeSpan.FromSeconds(4));
        await ReadyAsync();
        Assert.Equal(once, Volatile.Read(ref _calls));

        _time.Advance(TimeSpan.FromSeconds(2));
        await ReadyAsync();
        Assert.Equal(2 * once, Volatile.Read(ref _calls));
    }

    [Fact]
    public async Task ShouldSayItInTheLogOnce_WhenTheStateStays()
    {
        await ReadyAsync();
        _time.Advance(TimeSpan.FromMinutes(1));
        await ReadyAsync();

        Assert.Single(_logs.Text.Split('\n'), line => line.StartsWith("Warning The app is not ready", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ShouldAnswerBeforeTheProbeGivesUp_WhenTheStoreNeitherAnswersNorRefuses()
    {
        using CancellationTokenSource end = new();
        TaskCompletionSource asked = new();
        _pass = () =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, end.Token);
        };
        Task<(HttpStatusCode Status, string Body)> call = ReadyAsync();
        await asked.Task.WaitAsync(Deadline);

        _time.Advance(TimeSpan.FromSeconds(4));

        (HttpStatusCode status, string body) = await call;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("job 'count': no answer for 4 s", (string)JsonNode.Parse(body)!["reason"]!, StringComparison.Ordinal);
        await end.CancelAsync();
    }

    [Fact]
    public async Task ShouldBeLive_WhenTheStoreIsAway()
    {
        HttpResponseData response = await new HealthApi(_app.Services).LiveAsync(new RunnerRequest("health/live", CancellationToken.None));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(0, Volatile.Read(ref _calls));
    }

    // As the worker does it: an object per call.
    private async Task<(HttpStatusCode Status, string Body)> ReadyAsync()
    {
        HttpResponseData response = await new HealthApi(_app.Services)
            .ReadyAsync(new RunnerRequest("health/ready", CancellationToken.None))
            .WaitAsync(Deadline);
        return (response.StatusCode, Encoding.UTF8.GetString(((MemoryStream)response.Body).ToArray()));
    }
}
