using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Errors;
using Millrace.Graph;
using Millrace.Runtime;
using Millrace.Time;

namespace Millrace.Api;

/// <summary>Where a job is declared and run (Flink's <c>StreamExecutionEnvironment</c>).</summary>
/// <example>
/// <code>
/// var env = StreamExecutionEnvironment.GetExecutionEnvironment();
/// env.FromElements("a", "b").Map(s => s.ToUpperInvariant()).SinkTo(new PrintSink&lt;string&gt;());
/// await env.ExecuteAsync("upper-case");
/// </code>
/// </example>
public sealed class StreamExecutionEnvironment
{
    private readonly List<StreamNode> _nodes = [];
    private UserCodeErrorPolicy _errorPolicy = UserCodeErrorPolicy.Fail;

    /// <summary>Creates an environment.</summary>
    /// <param name="options">How the job runs; <see langword="null"/> = defaults.</param>
    /// <param name="configuration">Parameters of the job; <see langword="null"/> = none.</param>
    public StreamExecutionEnvironment(ExecutionOptions? options = null, IConfiguration? configuration = null)
    {
        Options = options ?? new ExecutionOptions();
        Configuration = configuration ?? new ConfigurationBuilder().Build();
    }

    /// <summary>How the job runs.</summary>
    public ExecutionOptions Options { get; }

    /// <summary>Parameters of the job: command line, environment, app settings, as the host gives them.</summary>
    public IConfiguration Configuration { get; }

    /// <summary>Where checkpoints go; default in memory, which survives failures of tasks but not of the process.</summary>
    public IObjectStore CheckpointStore { get; set; } = new InMemoryObjectStore();

    /// <summary>The job's clock.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// Where to log. Default: nowhere; an environment of <see cref="GetExecutionEnvironment"/> writes warnings and errors to standard
    /// error.
    /// </summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>A new environment with defaults and the process's environment variables as configuration.</summary>
    public static StreamExecutionEnvironment GetExecutionEnvironment() =>
        new(configuration: new ConfigurationBuilder().AddEnvironmentVariables().Build()) { LoggerFactory = ErrorLoggerFactory.Instance };

    /// <summary>Sets the default number of tasks per operator.</summary>
    /// <param name="parallelism">1 to maxParallelism.</param>
    public StreamExecutionEnvironment SetParallelism(int parallelism)
    {
        Options.Parallelism = parallelism;
        return this;
    }

    /// <summary>Sets the number of key groups, fixed for the life of the state.</summary>
    /// <param name="maxParallelism">1 to 32,768.</param>
    public StreamExecutionEnvironment SetMaxParallelism(int maxParallelism)
    {
        Options.MaxParallelism = maxParallelism;
        return this;
    }

    /// <summary>Turns checkpoints on.</summary>
    /// <param name="interval">From the start of one checkpoint to the start of the next.</param>
    public StreamExecutionEnvironment EnableCheckpointing(TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        Options.CheckpointInterval = interval;
        return this;
    }

    /// <summary>
    /// Sets what happens when a function of the job throws: a mapper, a key selector, a window or process function, a sink's serializer.
    /// Default: <see cref="UserCodeErrorPolicy.Fail"/>. Errors of deserialization have a policy of their own at the source. With a policy
    /// that leaves records out, operators take records one by one, which costs throughput.
    /// </summary>
    /// <param name="policy">The policy.</param>
    public StreamExecutionEnvironment SetUserCodeErrorPolicy(UserCodeErrorPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        _errorPolicy = policy;
        return this;
    }

    /// <summary>
    /// Lets the readers of a stream share its objects (Flink's <c>enableObjectReuse</c>): see <see cref="ExecutionOptions.ObjectReuse"/>.
    /// </summary>
    public StreamExecutionEnvironment EnableObjectReuse()
    {
        Options.ObjectReuse = true;
        return this;
    }

    /// <summary>Starts a stream from a source.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <param name="source">The source.</param>
    /// <param name="watermarks">Event time; <see langword="null"/> = no watermarks.</param>
    /// <param name="name">Name for people.</param>
    public DataStreamSource<T> FromSource<T>(ISource<T> source, WatermarkStrategy<T>? watermarks = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        string title = name ?? "Source: " + (source.Topics is [Topic only] ? only.ToString() : source.GetType().Name.Split('`')[0]);
        SourceNode<T> node = new(NextId(), title, source, watermarks ?? WatermarkStrategy<T>.NoWatermarks());
        Add(node);
        DataStreamSource<T> stream = new(this, node);
        stream.Writing<T>(node.AheadOutput);
        return stream;
    }

    /// <summary>Starts a stream from a source; the name that Flink's older API has for <see cref="FromSource"/>.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <param name="source">The source.</param>
    public DataStreamSource<T> AddSource<T>(ISource<T> source) => FromSource(source);

    /// <summary>Starts a bounded stream from values.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <param name="values">The records.</param>
    public DataStreamSource<T> FromElements<T>(params T[] values) => FromCollection(values);

    /// <summary>Starts a bounded stream from a collection.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <param name="values">The records; must not change while the job runs.</param>
    public DataStreamSource<T> FromCollection<T>(IReadOnlyList<T> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return FromSource(new CollectionSource<T>(values), name: "Source: collection");
    }

    /// <summary>Starts a bounded stream from a function of the record's number, read in parallel.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <param name="count">Number of records.</param>
    /// <param name="generator">From a number in [0, <paramref name="count"/>) to a record. Must be deterministic.</param>
    /// <param name="splits">Number of parts that tasks read; part p has the numbers p, p + splits, ...</param>
    /// <param name="watermarks">Event time; <see langword="null"/> = no watermarks.</param>
    public DataStreamSource<T> FromGenerator<T>(
        long count,
        Func<long, T> generator,
        int splits = 1,
        WatermarkStrategy<T>? watermarks = null
    ) => FromSource(new GeneratorSource<T>(count, generator, splits), watermarks, "Source: generator");

    /// <summary>Describes the job as text.</summary>
    /// <param name="jobName">Name of the job.</param>
    /// <param name="format">Text, Mermaid or JSON.</param>
    /// <exception cref="JobValidationException">The job cannot run as declared.</exception>
    public string Describe(string jobName, DescriptionFormat format = DescriptionFormat.Text)
    {
        JobGraph graph = GetJobGraph(jobName);
        return format switch
        {
            DescriptionFormat.Text => JobDescription.ToText(graph),
            DescriptionFormat.Mermaid => JobDescription.ToMermaid(graph),
            DescriptionFormat.Json => JobDescription.ToJson(graph),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Expected Text, Mermaid or Json."),
        };
    }

    /// <summary>Starts the job in this process.</summary>
    /// <param name="jobName">Name of the job.</param>
    /// <param name="cancellationToken">Cancels the job.</param>
    /// <returns>A handle on the running job.</returns>
    /// <exception cref="JobValidationException">The job cannot run as declared.</exception>
    public JobClient ExecuteDetached(string jobName, CancellationToken cancellationToken = default) =>
        JobClient.Start(GetJobGraph(jobName), Options, CheckpointStore, TimeProvider, LoggerFactory, cancellationToken);

    /// <summary>Runs the job in this process until its sources end.</summary>
    /// <param name="jobName">Name of the job.</param>
    /// <param name="cancellationToken">Cancels the job.</param>
    /// <returns>What came of it.</returns>
    /// <exception cref="JobValidationException">The job cannot run as declared.</exception>
    /// <exception cref="JobExecutionException">The job failed and its restart strategy gave up.</exception>
    /// <exception cref="OperationCanceledException">The job was cancelled.</exception>
    public async Task<JobExecutionResult> ExecuteAsync(string jobName, CancellationToken cancellationToken = default)
    {
        JobClient client = ExecuteDetached(jobName, cancellationToken);
        await using (client.ConfigureAwait(false))
        {
            return await client.Completion.ConfigureAwait(false);
        }
    }

    /// <summary>The job, cut into stages.</summary>
    /// <param name="jobName">Name of the job.</param>
    /// <param name="hasStatelessSources">Whether the host keeps no state beside its sources, so that a stateful operator begins a stage of
    /// its own.</param>
    internal JobGraph GetJobGraph(string jobName, bool hasStatelessSources = false)
    {
        Options.Validate();
        TimeSpan? interval =
            hasStatelessSources || Options.CheckpointInterval is not { } given ? null
            : given > Options.MinPauseBetweenCheckpoints ? given
            : Options.MinPauseBetweenCheckpoints;
        return JobGraphBuilder.Build(
            jobName,
            _nodes,
            Options.Parallelism,
            Options.MaxParallelism,
            hasStatelessSources,
            _errorPolicy,
            interval,
            Options.ObjectReuse
        );
    }

    internal int NextId() => _nodes.Count;

    internal void Add(StreamNode node) => _nodes.Add(node);
}
