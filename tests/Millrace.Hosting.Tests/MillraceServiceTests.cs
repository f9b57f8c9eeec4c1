using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Runtime;
using Xunit;

namespace Millrace.Hosting.Tests;

/// <summary>Jobs in real generic hosts and ASP.NET apps.</summary>
public sealed class MillraceServiceTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("millrace-hosting-");
    private readonly Results _results = new();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task ShouldRunJobsWithServicesAndParameters()
    {
        HostApplicationBuilder builder = NewBuilder(("Millrace:Jobs:counting:step", "3"), ("Millrace:Execution:Parallelism", "2"));
        List<(string, int)> executions = [];
        builder.Services.AddMillrace(millrace =>
            millrace
                .AddJob<CountingJob>()
                .AddJob(
                    "declared",
                    (env, services) =>
                        env.FromElements("a", "b").Map(value => value + services.GetRequiredService<Results>().Name).SinkTo(_results.Sink())
                )
                .ConfigureExecution((name, options) => executions.Add((name, options.Parallelism)))
        );
        using IHost host = builder.Build();
        await host.StartAsync();
        MillraceJobs jobs = host.Services.GetRequiredService<MillraceJobs>();
        await jobs["counting"].Completion.WaitAsync(Deadline);
        await jobs["declared"].Completion.WaitAsync(Deadline);

        Assert.Equal(["counting", "declared"], jobs.Names);
        Assert.Equal([("counting", 2), ("declared", 2)], executions);
        Assert.Equal(["0", "3", "6", "9", "a!", "b!"], _results.Taken());
        Assert.Contains("'other'", Assert.Throws<KeyNotFoundException>(() => jobs["other"]).Message, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync(host)).Status);
        await host.StopAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ShouldGoOnWhereItStopped(bool withSavepoint)
    {
        long before = await RunAsync();
        long after = await RunAsync();

        // With a savepoint nothing comes twice; without, only what came after the last checkpoint.
        List<long> numbers = [.. _results.Taken().Select(long.Parse)];
        Assert.True(after > before);
        Assert.Equal(Enumerable.Range(0, (int)after + 1).Select(number => (long)number), numbers.Distinct().Order());
        Assert.Equal(withSavepoint, Directory.Exists(Path.Combine(_directory.FullName, "jobs", "endless", "savepoints")));
        if (withSavepoint)
        {
            Assert.Equal(numbers.Distinct().Count(), numbers.Count);
        }

        async Task<long> RunAsync()
        {
            HostApplicationBuilder builder = NewBuilder(
                ("Millrace:CheckpointDirectory", _directory.FullName),
                ("Millrace:StopWithSavepoint", withSavepoint.ToString()),
                ("Millrace:Jobs:endless:Execution:CheckpointInterval", "00:00:00.020")
            );
            builder.Services.AddMillrace(millrace => millrace.AddJob("endless", Endless));
            using IHost host = builder.Build();
            await host.StartAsync();
            JobClient job = host.Services.GetRequiredService<MillraceJobs>()["endless"];
            long had = _results.Count;
            await UntilAsync(() => _results.Count > had + 50 && job.GetMetrics().LastCheckpointId > 0);
            await host.StopAsync();
            Assert.Equal(JobStatus.Cancelled, job.Status);
            return _results.Taken().Max(long.Parse);
        }
    }

    [Theory]
    [InlineData(JobFailureBehavior.StopHost)]
    [InlineData(JobFailureBehavior.Ignore)]
    public async Task ShouldSaySo_WhenAJobFailsForGood(JobFailureBehavior behavior)
    {
        HostApplicationBuilder builder = NewBuilder();
        builder.Services.AddMillrace(millrace =>
            millrace
                .AddJob("failing", (env, _) => env.FromElements(0).Map(value => 1 / value).SinkTo(_results.Sink<int>()))
                .ConfigureExecution((_, options) => options.RestartStrategy = RestartStrategy.None)
                .Configure(options => options.OnJobFailure = behavior)
        );
        using IHost host = builder.Build();
        await host.StartAsync();
        JobClient job = host.Services.GetRequiredService<MillraceJobs>()["failing"];
        await Assert.ThrowsAsync<JobExecutionException>(() => job.Completion.WaitAsync(Deadline));
        CancellationToken stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        try
        {
            if (behavior == JobFailureBehavior.StopHost)
            {
                await UntilAsync(() => stopping.IsCancellationRequested);
            }

            Assert.Equal(behavior == JobFailureBehavior.StopHost, stopping.IsCancellationRequested);
            Assert.Equal(behavior == JobFailureBehavior.StopHost ? 1 : 0, Environment.ExitCode);
        }
        finally
        {
            Environment.ExitCode = 0;
        }

        HealthReport health = await HealthAsync(host);
        Assert.Equal(HealthStatus.Unhealthy, health.Status);
        Assert.Contains("Job 'failing' is Failed", health.Entries["millrace"].Description, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public async Task ShouldNotStart_WhenOptionsOrJobsAreWrong()
    {
        Assert.Contains("'Millrace:Execution'", await ErrorAsync(("Millrace:Execution:Paralelism", "2")), StringComparison.Ordinal);
        Assert.Contains(
            "'Millrace:Jobs:x:Execution'",
            await ErrorAsync(("Millrace:Jobs:x:Execution:Parallelism", "two")),
            StringComparison.Ordinal
        );
        Assert.Contains("Parallelism", await ErrorAsync(("Millrace:Execution:Parallelism", "0")), StringComparison.Ordinal);
        Assert.Contains("CheckpointDirectory is empty", await ErrorAsync(("Millrace:CheckpointDirectory", " ")), StringComparison.Ordinal);
        Assert.Contains("Job 'x' cannot be declared: FormatException: no", await ErrorAsync(("fails", "yes")), StringComparison.Ordinal);
        Assert.Contains("2 jobs are called 'x'", await ErrorAsync(("twice", "x")), StringComparison.Ordinal);
        Assert.Contains("2 jobs are called 'x'", await ErrorAsync(("twice", "X")), StringComparison.Ordinal);
        Assert.Contains(
            "Millrace:ChekpointDirectory is unknown, expected one of CheckpointDirectory,",
            await ErrorAsync(("Millrace:ChekpointDirectory", "x")),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Millrace:Jobs:y is of no job of this host, expected one of 'x'",
            await ErrorAsync(("Millrace:Jobs:y:Execution:Parallelism", "2")),
            StringComparison.Ordinal
        );
        string file = Path.Combine(_directory.FullName, "file");
        await File.WriteAllTextAsync(file, "");
        Assert.Contains(
            $"Checkpoints cannot be kept in '{file}' (Millrace:CheckpointDirectory",
            await ErrorAsync(("Millrace:CheckpointDirectory", file)),
            StringComparison.Ordinal
        );

        async Task<string> ErrorAsync(params (string, string)[] settings)
        {
            HostApplicationBuilder builder = NewBuilder(settings);
            builder.Services.AddMillrace(millrace => millrace.AddJob("x", Build));
            if (builder.Configuration["twice"] is { } twin)
            {
                builder.Services.AddMillrace(millrace => millrace.AddJob(twin, Build));
            }

            using IHost host = builder.Build();
            return (await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync())).Message;
        }

        void Build(StreamExecutionEnvironment env, IServiceProvider services)
        {
            if (env.Configuration["fails"] is not null)
            {
                throw new FormatException("no");
            }

            env.FromElements(1).SinkTo(_results.Sink<int>());
        }
    }

    [Fact]
    public async Task ShouldRestoreASavepointOnce_WhenTheConfigurationNamesIt()
    {
        string savepoint = await RunAsync(restoreFrom: null);
        long first = Last();
        await RunAsync(savepoint);
        long second = Last();
        // The same configuration at the next start: the job goes on, as it would without.
        await RunAsync(savepoint);
        long third = Last();

        Assert.True(first < second && second < third);
        Assert.Equal((int)third + 1, _results.Count);

        // Unless it is asked for anew.
        await RunAsync(savepoint + "#again");
        Assert.Equal(2, _results.Taken().Count(text => long.Parse(text) == first + 1));

        long Last() => _results.Taken().Max(long.Parse);

        async Task<string> RunAsync(string? restoreFrom)
        {
            HostApplicationBuilder builder = NewBuilder(
                ("Millrace:CheckpointDirectory", _directory.FullName),
                ("Millrace:StopWithSavepoint", "true"),
                ("Millrace:Jobs:end_less:Execution:CheckpointInterval", "00:00:00.020")
            );
            builder.Configuration["Millrace:Jobs:end_less:Execution:RestoreFrom"] = restoreFrom;
            builder.Services.AddMillrace(millrace => millrace.AddJob("end-less", Endless));
            using IHost host = builder.Build();
            await host.StartAsync();
            JobClient job = host.Services.GetRequiredService<MillraceJobs>()["end-less"];
            long had = _results.Count;
            await UntilAsync(() => _results.Count > had + 50 && job.GetMetrics().LastCheckpointId > 0);
            await host.StopAsync();
            string savepoints = Path.Combine(_directory.FullName, "jobs", "end-less", "savepoints");
            return $"jobs/end-less/savepoints/{Path.GetFileName(Directory.GetDirectories(savepoints).Max(StringComparer.Ordinal))}";
        }
    }

    [Fact]
    public async Task ShouldEndInTime_WhenATaskDoesNotEnd()
    {
        using ManualResetEventSlim release = new();
        HostApplicationBuilder builder = NewBuilder(("Millrace:StopWithSavepoint", "true"));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Services.AddMillrace(millrace => millrace.AddJob("endless", Hanging));
        IHost host = builder.Build();
        await host.StartAsync();
        JobClient job = host.Services.GetRequiredService<MillraceJobs>()["endless"];
        await UntilAsync(() => _results.Count > 0);
        try
        {
            await host.StopAsync().WaitAsync(Deadline);
            await ((IAsyncDisposable)host).DisposeAsync().AsTask().WaitAsync(Deadline);

            Assert.False(job.Completion.IsCompleted);
        }
        finally
        {
            release.Set();
        }

        void Hanging(StreamExecutionEnvironment env, IServiceProvider services) =>
            env.FromGenerator(long.MaxValue, Slowly).WithUid("numbers").SinkTo(_results.Sink<string>(release.Wait)).WithUid("results");
    }

    [Fact]
    public async Task ShouldUseTheStoreThatWasRegistered()
    {
        InMemoryObjectStore store = new();
        HostApplicationBuilder builder = NewBuilder();
        builder.Services.AddMillrace(millrace =>
            millrace
                .AddJob("endless", Endless)
                .ConfigureExecution((_, options) => options.CheckpointInterval = TimeSpan.FromMilliseconds(10))
                .UseCheckpointStore(_ => store)
                .StopWithSavepoint()
        );
        using IHost host = builder.Build();
        await host.StartAsync();
        JobClient job = host.Services.GetRequiredService<MillraceJobs>()["endless"];
        await UntilAsync(() => job.GetMetrics().LastCheckpointId > 0);
        await host.StopAsync();

        Assert.NotNull(await store.GetAsync("jobs/endless/latest", CancellationToken.None));
    }

    [Fact]
    public async Task ShouldServeResults_WhenInAWebApp()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(_results);
        builder.Services.AddMillrace(millrace => millrace.AddJob<CountingJob>());
        builder.Services.AddHealthChecks().AddMillrace(tags: "ready");
        await using WebApplication app = builder.Build();
        app.MapHealthChecks("/health");
        app.MapGet("/results", (Results results) => results.Taken());
        app.MapGet(
            "/jobs/{name}",
            (string name, MillraceJobs jobs) => jobs.TryGet(name, out JobClient? job) ? Results(job) : TypedResults.NotFound()
        );
        await app.StartAsync();
        await app.Services.GetRequiredService<MillraceJobs>()["counting"].Completion.WaitAsync(Deadline);
        using HttpClient client = new() { BaseAddress = new Uri(app.Urls.Single()) };

        Assert.Equal("Healthy", await client.GetStringAsync("/health"));
        Assert.Equal(["0", "1", "2", "3"], (await client.GetFromJsonAsync<string[]>("/results"))!);
        Assert.Equal("\"Finished\"", await client.GetStringAsync("/jobs/counting"));
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/jobs/other")).StatusCode);

        static IResult Results(JobClient job) => TypedResults.Ok(job.Status.ToString());
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource deadline = new(Deadline);
        while (!condition())
        {
            await Task.Delay(5, deadline.Token);
        }
    }

    private static Task<HealthReport> HealthAsync(IHost host) => host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

    private void Endless(StreamExecutionEnvironment env, IServiceProvider services) =>
        env.FromGenerator(long.MaxValue, Slowly).WithUid("numbers").SinkTo(_results.Sink()).WithUid("results");

    private static string Slowly(long number)
    {
        Thread.Sleep(1);
        return number.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private HostApplicationBuilder NewBuilder(params (string Key, string Value)[] settings)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.Select(each => KeyValuePair.Create(each.Key, (string?)each.Value)));
        builder.Services.AddSingleton(_results);
        builder.Services.AddHealthChecks().AddMillrace();
        return builder;
    }
}
