using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Millrace.Connectors;
using Millrace.Durable.Hosting;
using Millrace.Functions.Jobs;

namespace Millrace.Functions.Http;

/// <summary>The app's HTTP function that shows dead letters.</summary>
public sealed class DeadLettersApi
{
    private const int MaxLetters = 1000;
    private readonly JobCalls _calls;

    internal DeadLettersApi(JobRegistry registry) => _calls = new JobCalls(registry);

    /// <summary>Creates the function.</summary>
    /// <param name="services">The app's services.</param>
    public DeadLettersApi(IServiceProvider services)
        : this((JobRegistry)services!.GetService(typeof(JobRegistry))!) { }

    internal static IReadOnlyList<(string Name, string EntryPoint, string Method, string Route, bool IsOpen)> Routes { get; } =
    [("job-dead-letters", "Millrace.Functions.Http.DeadLettersApi." + nameof(ListAsync), "get", "jobs/{job}/dead-letters", false)];

    /// <summary>
    /// The last dead letters of a job: of records that its sources cannot read, and of those that its functions throw for. Query:
    /// <c>max</c>, 1 to 1000, default 100, per partition.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="job">The job.</param>
    [Function("job-dead-letters")]
    public async Task<HttpResponseData> ListAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "jobs/{job}/dead-letters")] HttpRequestData request,
        string job
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        int max = 100;
        if (
            request.Query["max"] is { Length: > 0 } given
            && (!int.TryParse(given, CultureInfo.InvariantCulture, out max) || max is < 1 or > MaxLetters)
        )
        {
            return await Problem
                .AnswerAsync(
                    request,
                    HttpStatusCode.BadRequest,
                    "max cannot be used.",
                    $"max is '{given}', expected a whole number from 1 to {MaxLetters}, the letters of each partition."
                )
                .ConfigureAwait(false);
        }

        return await _calls
            .RunAsync(
                request,
                job,
                JobCalls.Patience,
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
        select (topic.Name, host.Topics.ReaderOf(source));

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
}
