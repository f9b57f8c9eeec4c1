using System.Globalization;
using System.Net;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask.Client;
using Millrace.Checkpoints;
using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;
using Millrace.Functions.Jobs;
using Millrace.Functions.Tasks;
using Millrace.Graph;

namespace Millrace.Functions.Http;

/// <summary>The app's HTTP functions: jobs, their status and savepoints.</summary>
public sealed class JobsApi
{
    private const string Prefix = "Millrace.Functions.Http.JobsApi.";
    private const int MaxSavepointName = 100;
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(2);

    // What a savepoint needs beside the time that its job may take to settle: the claim, the parts, the word that the job goes on.
    private static readonly TimeSpan SavepointMargin = TimeSpan.FromMinutes(1);
    private readonly JobRegistry _registry;
    private readonly JobCalls _calls;

    internal JobsApi(JobRegistry registry) => (_registry, _calls) = (registry, new JobCalls(registry));

    /// <summary>Creates the functions.</summary>
    /// <param name="services">The app's services.</param>
    public JobsApi(IServiceProvider services)
        : this((JobRegistry)services!.GetService(typeof(JobRegistry))!) { }

    internal static IReadOnlyList<(string Name, string EntryPoint, string Method, string Route, bool IsOpen)> Routes { get; } =
    [
        ("jobs", Prefix + nameof(ListAsync), "get", "jobs", false),
        ("job-status", Prefix + nameof(StatusAsync), "get", "jobs/{job}", false),
        ("job-savepoint", Prefix + nameof(SavepointAsync), "post", "jobs/{job}/savepoint", false),
        ("job-resume", Prefix + nameof(ResumeAsync), "post", "jobs/{job}/resume", false),
        .. DeadLettersApi.Routes,
        .. HealthApi.Routes,
    ];

    internal static bool NeedsClient(string function) => function is "job-status" or "job-savepoint" or "job-resume";

    /// <summary>Lists the jobs.</summary>
    /// <param name="request">The request.</param>
    [Function("jobs")]
    public Task<HttpResponseData> ListAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "jobs")] HttpRequestData request) =>
        JsonAnswer.WriteAsync(
            request,
            HttpStatusCode.OK,
            _registry.Catalog.Jobs.Select(job => new
            {
                job.Name,
                job.Graph.MaxParallelism,
                Stages = job.Graph.Stages.Select(stage => new
                {
                    stage.Uid,
                    stage.Name,
                    Parallelism = stage.IsSource ? 0 : stage.Parallelism,
                }),
                Functions = _registry
                    .Catalog.SourceFunctions.Where(function => function.Job == job)
                    .Select(function => new
                    {
                        function.FunctionName,
                        function.Topic,
                        function.ConsumerGroup,
                    }),
            })
        );

    /// <summary>How far a job is: its partitions, its tasks, and what stands still.</summary>
    /// <param name="request">The request.</param>
    /// <param name="client">The way to entities.</param>
    /// <param name="job">The job.</param>
    [Function("job-status")]
    public async Task<HttpResponseData> StatusAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "jobs/{job}")] HttpRequestData request,
        [DurableClient] DurableTaskClient client,
        string job
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        return await _calls
            .RunAsync(
                request,
                job,
                JobCalls.Patience,
                async (entry, host, cancellationToken) =>
                {
                    DurableControl? control = await host.Job.Controls.ReadAsync(cancellationToken).ConfigureAwait(false);
                    IReadOnlyList<PendingOutput> full = await host.BackPressure.ReadAsync(cancellationToken).ConfigureAwait(false);
                    List<SourcePartitionStatus> partitions = [];
                    foreach (Stage source in host.Plan.Sources)
                    {
                        partitions.AddRange(
                            (await host.Ticker.ReadAsync(source, cancellationToken).ConfigureAwait(false)).Select(status =>
                                SourcePartitionStatus.Of(host.Job, source, status)
                            )
                        );
                    }

                    return await JsonAnswer
                        .WriteAsync(
                            request,
                            HttpStatusCode.OK,
                            new
                            {
                                entry.Name,
                                Control = control,
                                Partitions = partitions,
                                Tasks = await DurableTaskStatus
                                    .ReadAllAsync(
                                        host.Job,
                                        new EntityTasks(new TaskEntityClient(client), _registry, host),
                                        cancellationToken
                                    )
                                    .ConfigureAwait(false),
                                Stalls = await host.StallWatch.ReadAsync(cancellationToken).ConfigureAwait(false),
                                BackPressure = full,
                                Waiting = host.Senders.Waiting(),
                            }
                        )
                        .ConfigureAwait(false);
                }
            )
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Stops a job with a savepoint. Query: <c>name</c>, <c>drain=true</c> (time ends first), <c>timeout</c> in seconds, <c>resume=true</c>
    /// (the job goes on).
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="client">The way to entities.</param>
    /// <param name="job">The job.</param>
    [Function("job-savepoint")]
    public async Task<HttpResponseData> SavepointAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "jobs/{job}/savepoint")] HttpRequestData request,
        [DurableClient] DurableTaskClient client,
        string job
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        string? name = request.Query["name"];
        if (name is { Length: > 0 } && (name.Length > MaxSavepointName || name.Contains('/') || !IsName(name)))
        {
            return await Problem
                .AnswerAsync(
                    request,
                    HttpStatusCode.BadRequest,
                    "The savepoint's name cannot be used.",
                    $"'{name}' is no name of a savepoint; use 1 to {MaxSavepointName} of the characters A-Z a-z 0-9 . _ -, without a dot "
                        + "at its begin or end, or leave name out."
                )
                .ConfigureAwait(false);
        }

        TimeSpan timeout = DefaultTimeout;
        if (request.Query["timeout"] is { Length: > 0 } text)
        {
            if (
                !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
                || seconds is not (> 0 and < 86_400)
            )
            {
                return await Problem
                    .AnswerAsync(
                        request,
                        HttpStatusCode.BadRequest,
                        "The timeout cannot be used.",
                        $"timeout is '{text}', expected seconds, more than 0 and less than 86400, such as timeout=120."
                    )
                    .ConfigureAwait(false);
            }

            timeout = TimeSpan.FromSeconds(seconds);
        }

        foreach (string flag in (string[])["drain", "resume"])
        {
            if (request.Query[flag] is { Length: > 0 } given && !bool.TryParse(given, out _))
            {
                return await Problem
                    .AnswerAsync(
                        request,
                        HttpStatusCode.BadRequest,
                        $"{flag} cannot be used.",
                        $"{flag} is '{given}', expected true or false; nothing was done."
                    )
                    .ConfigureAwait(false);
            }
        }

        if (IsSet(request, "drain") && IsSet(request, "resume"))
        {
            return await Problem
                .AnswerAsync(
                    request,
                    HttpStatusCode.BadRequest,
                    "A drained job cannot go on.",
                    "drain=true ends time, and all that came later would be late; leave out resume=true, or drain=true."
                )
                .ConfigureAwait(false);
        }

        SavepointEnd end =
            IsSet(request, "drain") ? SavepointEnd.Drain
            : IsSet(request, "resume") ? SavepointEnd.Resume
            : SavepointEnd.Suspend;
        return await _calls
            .RunAsync(
                request,
                job,
                timeout + SavepointMargin,
                async (entry, host, cancellationToken) =>
                {
                    string path = await host
                        .Savepoints.TakeAsync(
                            string.IsNullOrEmpty(name) ? null : name,
                            end,
                            timeout,
                            new EntityTasks(new TaskEntityClient(client), _registry, host),
                            cancellationToken
                        )
                        .ConfigureAwait(false);
                    return await JsonAnswer.WriteAsync(request, HttpStatusCode.OK, new { Path = path }).ConfigureAwait(false);
                }
            )
            .ConfigureAwait(false);
    }

    /// <summary>Lets a suspended job go on.</summary>
    /// <param name="request">The request.</param>
    /// <param name="client">The way to entities.</param>
    /// <param name="job">The job.</param>
    [Function("job-resume")]
    public async Task<HttpResponseData> ResumeAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "jobs/{job}/resume")] HttpRequestData request,
        [DurableClient] DurableTaskClient client,
        string job
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        return await _calls
            .RunAsync(
                request,
                job,
                JobCalls.Patience,
                async (entry, host, cancellationToken) =>
                {
                    string ledgers = DurableNames.LedgersOf(host.Job.Name, host.Job.Control.Incarnation);
                    await host.Job.Ledgers.ThrowIfGoneAsync(ledgers, cancellationToken).ConfigureAwait(false);
                    bool wasSuspended = (await host.Job.Controls.ReadAsync(cancellationToken).ConfigureAwait(false))?.IsSuspended ?? false;
                    await host
                        .Savepoints.ResumeAsync(new EntityTasks(new TaskEntityClient(client), _registry, host), cancellationToken)
                        .ConfigureAwait(false);
                    return await JsonAnswer
                        .WriteAsync(
                            request,
                            HttpStatusCode.OK,
                            new
                            {
                                entry.Name,
                                WasSuspended = wasSuspended,
                                IsSuspended = false,
                            }
                        )
                        .ConfigureAwait(false);
                }
            )
            .ConfigureAwait(false);
    }

    private static bool IsName(string name)
    {
        try
        {
            ObjectNames.ThrowIfInvalid(name);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static bool IsSet(HttpRequestData request, string name) =>
        string.Equals(request.Query[name], "true", StringComparison.OrdinalIgnoreCase);
}
