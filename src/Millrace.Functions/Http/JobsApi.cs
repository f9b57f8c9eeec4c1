using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask.Client;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Hosting;
using Millrace.Functions.Jobs;
using Millrace.Functions.Tasks;
using Millrace.Graph;

namespace Millrace.Functions.Http;

/// <summary>The app's HTTP functions: jobs, their status, savepoints and dead letters.</summary>
public sealed class JobsApi
{
    private const string Prefix = "Millrace.Functions.Http.JobsApi.";
    private const int MaxDeadLetters = 1000;
    private const int MaxSavepointName = 100;
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(30);
    private readonly JobRegistry _registry;

    internal JobsApi(JobRegistry registry) => _registry = registry;

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
        ("job-dead-letters", Prefix + nameof(DeadLettersAsync), "get", "jobs/{job}/dead-letters", false),
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
        return await RunAsync(
                request,
                job,
                async (entry, host, cancellationToken) =>
                {
                    DurableControl? control = await host.Controls.ReadAsync(cancellationToken).ConfigureAwait(false);
                    IReadOnlyList<PendingOutput> full = await host.BackPressure.ReadAsync(cancellationToken).ConfigureAwait(false);
                    List<SourcePartitionStatus> partitions = [];
                    foreach (Stage source in host.Plan.Sources)
                    {
                        partitions.AddRange(
                            (await host.Ticker.ReadAsync(source, cancellationToken).ConfigureAwait(false)).Select(status =>
                                SourcePartitionStatus.Of(host, source, status)
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
                                    .ReadAllAsync(host, new ClientTasks(client, _registry, entry, host), cancellationToken)
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

        return await RunAsync(
                request,
                job,
                async (entry, host, cancellationToken) =>
                {
                    DurableSavepoints savepoints = new(host);
                    ClientTasks tasks = new(client, _registry, entry, host);
                    string path = await savepoints
                        .StopAsync(string.IsNullOrEmpty(name) ? null : name, IsSet(request, "drain"), timeout, tasks, cancellationToken)
                        .ConfigureAwait(false);
                    if (IsSet(request, "resume"))
                    {
                        await savepoints.ResumeAsync(tasks, cancellationToken).ConfigureAwait(false);
                    }

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
        return await RunAsync(
                request,
                job,
                async (entry, host, cancellationToken) =>
                {
                    bool wasSuspended = (await host.Controls.ReadAsync(cancellationToken).ConfigureAwait(false))?.IsSuspended ?? false;
                    await new DurableSavepoints(host)
                        .ResumeAsync(new ClientTasks(client, _registry, entry, host), cancellationToken)
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

    /// <summary>
    /// The last dead letters of a job: of records that its sources cannot read, and of those that its functions throw for. Query:
    /// <c>max</c>, 1 to 1000, default 100, per partition.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="job">The job.</param>
    [Function("job-dead-letters")]
    public async Task<HttpResponseData> DeadLettersAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "jobs/{job}/dead-letters")] HttpRequestData request,
        string job
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        int max = 100;
        if (
            request.Query["max"] is { Length: > 0 } given
            && (!int.TryParse(given, CultureInfo.InvariantCulture, out max) || max is < 1 or > MaxDeadLetters)
        )
        {
            return await Problem
                .AnswerAsync(
                    request,
                    HttpStatusCode.BadRequest,
                    "max cannot be used.",
                    $"max is '{given}', expected a whole number from 1 to {MaxDeadLetters}, the letters of each partition."
                )
                .ConfigureAwait(false);
        }

        return await RunAsync(
                request,
                job,
                async (_, host, cancellationToken) =>
                {
                    List<object> letters = [];
                    foreach ((string topic, IRawTopicReader reader) in LetterTopics(host))
                    {
                        int partitions = await reader.CountPartitionsAsync(topic, cancellationToken).ConfigureAwait(false);
                        for (int partition = 0; partition < partitions; partition++)
                        {
                            letters.AddRange(await ReadLastAsync(reader, topic, partition, max, cancellationToken).ConfigureAwait(false));
                        }
                    }

                    return await JsonAnswer.WriteAsync(request, HttpStatusCode.OK, letters).ConfigureAwait(false);
                }
            )
            .ConfigureAwait(false);
    }

    // Topics of a cluster that a source of the job reads: that source's reader can read them too.
    private static IEnumerable<(string Topic, IRawTopicReader Reader)> LetterTopics(DurableJobHost host) =>
        from topic in host
            .Plan.Graph.Nodes.SelectMany(node =>
                node.Source?.DeadLetterTopic is { } letters ? [letters]
                : node.IsDeadLetterSink ? node.Topics
                : []
            )
            .Distinct()
        let source = host.Plan.Sources.FirstOrDefault(each => host.Plan.TopicsOf(each).Any(read => IsBeside(read, topic)))
        where source is not null
        select (topic.Name, host.TopicsOf(source));

    private static bool IsBeside(Topic read, Topic topic) => (read with { Name = topic.Name }) == topic;

    private static async Task<IEnumerable<object>> ReadLastAsync(
        IRawTopicReader reader,
        string topic,
        int partition,
        int max,
        CancellationToken cancellationToken
    )
    {
        long last = await reader.FindLastRecordAsync(topic, partition, 0, cancellationToken).ConfigureAwait(false);
        if (last < 0)
        {
            return [];
        }

        long begin = await reader.FindStartAsync(topic, partition, isInitial: false, cancellationToken).ConfigureAwait(false);
        RawRecordRange range = await reader
            .ReadAsync(topic, partition, Math.Max(begin, last - max + 1), last, max, cancellationToken)
            .ConfigureAwait(false);
        return range.Records.Select(Describe);
    }

    private static object Describe(RawRecord record) =>
        new
        {
            record.Topic,
            record.Partition,
            record.Offset,
            Key = record.Key is { } key ? Convert.ToBase64String(key.Span) : null,
            Value = record.Value is { } value ? Convert.ToBase64String(value.Span) : null,
            Headers = record.Headers.Select(header => new
            {
                header.Key,
                Value = header.Value is null ? null : Encoding.UTF8.GetString(header.Value),
            }),
        };

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

    private Task<HttpResponseData> NoSuchJobAsync(HttpRequestData request, string job) =>
        Problem.AnswerAsync(
            request,
            HttpStatusCode.NotFound,
            "There is no such job.",
            $"There is no job '{job}'; this app runs {string.Join(", ", _registry.Catalog.Jobs.Select(known => $"'{known.Name}'"))}."
        );

    // Whatever goes wrong is said to who asked, and nothing is waited for without end.
    private async Task<HttpResponseData> RunAsync(
        HttpRequestData request,
        string job,
        Func<JobEntry, DurableJobHost, CancellationToken, Task<HttpResponseData>> action
    )
    {
        if (_registry.Catalog.Find(job) is not { } entry)
        {
            return await NoSuchJobAsync(request, job).ConfigureAwait(false);
        }

        CancellationToken cancellationToken = request.FunctionContext.CancellationToken;
        try
        {
            DurableJobHost host = await OpenAsync(entry, cancellationToken).ConfigureAwait(false);
            return await action(entry, host, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && exception is not OutOfMemoryException)
        {
            return await Problem.AnswerAsync(request, exception, entry.Name).ConfigureAwait(false);
        }
    }

    private async Task<DurableJobHost> OpenAsync(JobEntry job, CancellationToken cancellationToken)
    {
        try
        {
            return await _registry.OpenAsync(job, cancellationToken).WaitAsync(OpenTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException(
                $"Job '{job.Name}' was not opened within {OpenTimeout}: its brokers or its store do not answer; check KafkaBrokers and "
                    + "AzureWebJobsStorage.",
                exception
            );
        }
    }
}
