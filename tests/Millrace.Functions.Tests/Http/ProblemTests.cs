using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;
using Millrace.Functions.Http;
using Millrace.Functions.Jobs;
using Millrace.Functions.Tests.Configuration;
using Millrace.Functions.Tests.EndToEnd;
using Millrace.Functions.Tests.Runner;
using Millrace.Kafka;
using Millrace.Testing;
using Xunit;

namespace Millrace.Functions.Tests.Http;

public sealed class ProblemTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly CountingStore _store;
    private readonly IHost _app;
    private readonly ManualTimeProvider _time = new();
    private readonly JobsApi _api;
    private readonly DeadLettersApi _letters;
    private Func<Task> _pass = static () => Task.CompletedTask;

    public ProblemTests()
    {
        HostApplicationBuilder builder = ConfigurationTests.Compose(
            new CountJob(DeliveryGuarantee.AtLeastOnce),
            ("KafkaBrokers", "localhost:1"),
            ("AzureWebJobsStorage", "UseDevelopmentStorage=true")
        );
        _store = new CountingStore(new InMemoryObjectStore(), static () => { }, _ => _pass());
        builder.Services.AddSingleton<IObjectStore>(_store);
        builder.Services.AddSingleton<ILedgerStore>(new ObjectLedgerStore(_store));
        builder.Services.AddSingleton<TimeProvider>(_time);
        _app = builder.Build();
        _api = new JobsApi(_app.Services.GetRequiredService<JobRegistry>());
        _letters = new DeadLettersApi(_app.Services.GetRequiredService<JobRegistry>());
    }

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task ShouldNameTheJobs_WhenAJobIsUnknown()
    {
        AssertProblem(await _api.StatusAsync(Request("jobs/nope"), null!, "nope"), HttpStatusCode.NotFound, "'count'");
        AssertProblem(await _api.ResumeAsync(Request("jobs/nope/resume"), null!, "nope"), HttpStatusCode.NotFound, "'count'");
        AssertProblem(await _api.SavepointAsync(Request("jobs/nope/savepoint"), null!, "nope"), HttpStatusCode.NotFound, "'count'");
        AssertProblem(await _letters.ListAsync(Request("jobs/nope/dead-letters"), "nope"), HttpStatusCode.NotFound, "'count'");
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("ä ö")]
    [InlineData("name?x#y")]
    public async Task ShouldSayWhatANameMayBe_WhenASavepointsNameIsOdd(string name) =>
        AssertProblem(
            await _api.SavepointAsync(Request("jobs/count/savepoint?name=" + Uri.EscapeDataString(name)), null!, "count"),
            HttpStatusCode.BadRequest,
            "A-Z"
        );

    [Theory]
    [InlineData("soon")]
    [InlineData("-1")]
    [InlineData("NaN")]
    [InlineData("1e9")]
    public async Task ShouldSayWhatATimeoutMayBe_WhenItIsOdd(string timeout) =>
        AssertProblem(
            await _api.SavepointAsync(Request("jobs/count/savepoint?timeout=" + timeout), null!, "count"),
            HttpStatusCode.BadRequest,
            "seconds"
        );

    [Theory]
    [InlineData("drain=yes")]
    [InlineData("resume=1")]
    public async Task ShouldTakeOnlyTrueAndFalse_WhenASavepointIsAskedFor(string query) =>
        AssertProblem(
            await _api.SavepointAsync(Request("jobs/count/savepoint?" + query), null!, "count"),
            HttpStatusCode.BadRequest,
            "expected true or false"
        );

    [Theory]
    [InlineData("0")]
    [InlineData("1001")]
    [InlineData("1.5")]
    [InlineData("all")]
    public async Task ShouldSayHowManyLettersThereMayBe_WhenMaxIsOdd(string max) =>
        AssertProblem(
            await _letters.ListAsync(Request("jobs/count/dead-letters?max=" + max), "count"),
            HttpStatusCode.BadRequest,
            "from 1 to 1000"
        );

    [Fact]
    public async Task ShouldSayThatADrainedJobCannotGoOn_WhenBothAreAskedFor() =>
        AssertProblem(
            await _api.SavepointAsync(Request("jobs/count/savepoint?drain=true&resume=true"), null!, "count"),
            HttpStatusCode.BadRequest,
            "ends time"
        );

    [Fact]
    public async Task ShouldNameTheSettings_WhenTheStoreCannotBeReached()
    {
        _store.Fails = static _ => true;

        AssertProblem(
            await _api.StatusAsync(Request("jobs/count"), null!, "count").WaitAsync(Deadline),
            HttpStatusCode.ServiceUnavailable,
            "AzureWebJobsStorage"
        );
    }

    [Fact]
    public async Task ShouldNameTheTopic_WhenItDoesNotExist() =>
        AssertProblem(
            await Problem.AnswerAsync(
                Request("jobs/count/dead-letters"),
                new KafkaClientException(
                    "Topic 'letters': it does not exist. Create the topic.",
                    code: 3,
                    "UNKNOWN_TOPIC_OR_PART",
                    isFatal: false,
                    isRetriable: false
                ),
                "count"
            ),
            HttpStatusCode.Conflict,
            "'letters'"
        );

    [Fact]
    public async Task ShouldAnswer_WhenTheStoreNeitherAnswersNorRefuses()
    {
        using CancellationTokenSource end = new();
        _pass = () => Task.Delay(Timeout.InfiniteTimeSpan, end.Token);
        Task<HttpResponseData>[] calls =
        [
            _api.StatusAsync(Request("jobs/count"), null!, "count"),
            _api.ResumeAsync(Request("jobs/count/resume"), null!, "count"),
            _api.SavepointAsync(Request("jobs/count/savepoint?timeout=1"), null!, "count"),
            _letters.ListAsync(Request("jobs/count/dead-letters"), "count"),
        ];

        _time.Advance(TimeSpan.FromSeconds(61));

        foreach (HttpResponseData answer in await Task.WhenAll(calls).WaitAsync(Deadline))
        {
            AssertProblem(answer, HttpStatusCode.ServiceUnavailable, "no answer within");
        }

        await end.CancelAsync();
    }

    [Fact]
    public async Task ShouldNotFail_WhenTheCallerGivesUp()
    {
        using CancellationTokenSource end = new();
        using CancellationTokenSource caller = new();
        _pass = () => Task.Delay(Timeout.InfiniteTimeSpan, end.Token);
        Task<HttpResponseData> call = _api.StatusAsync(new RunnerRequest("jobs/count", caller.Token), null!, "count");

        await caller.CancelAsync();

        Assert.Equal(499, (int)(await call.WaitAsync(Deadline)).StatusCode);
        await end.CancelAsync();
    }

    private static RunnerRequest Request(string pathAndQuery) => new(pathAndQuery, CancellationToken.None);

    private static void AssertProblem(HttpResponseData response, HttpStatusCode status, string remedy)
    {
        string body = Encoding.UTF8.GetString(((MemoryStream)response.Body).ToArray());
        Assert.Equal(status, response.StatusCode);
        Assert.StartsWith("application/problem+json", response.Headers.GetValues("Content-Type").Single(), StringComparison.Ordinal);
        JsonNode problem = JsonNode.Parse(body)!;
        Assert.Equal((int)status, (int)problem["status"]!);
        Assert.Contains(remedy, (string)problem["detail"]!, StringComparison.Ordinal);
    }
}
