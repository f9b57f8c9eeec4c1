using Millrace.Graph;

namespace Millrace.Durable.Tasks;

/// <summary>
/// One Kafka trigger of an app: a Kafka topic of a source of a job. What names it is decided here alone, for the app and for what is
/// deployed around it.
/// </summary>
/// <param name="FunctionName">Name of the generated function.</param>
/// <param name="Plan">The job.</param>
/// <param name="Source">The source's stage.</param>
/// <param name="Topic">The topic.</param>
internal sealed record DurableTrigger(string FunctionName, DurableJobPlan Plan, Stage Source, string Topic)
{
    /// <summary>The source's group, or the job's name.</summary>
    public string ConsumerGroup => DurableJobPlan.SourceOf(Source).GroupId ?? Plan.Graph.Name;

    /// <summary>
    /// The triggers of all jobs of an app. A function is named after its topic; the job, and then the source, come in where names would
    /// repeat, and a mark where that does not do.
    /// </summary>
    /// <param name="jobs">The jobs.</param>
    public static IReadOnlyList<DurableTrigger> Of(IEnumerable<DurableJobPlan> jobs)
    {
        (DurableJobPlan Job, Stage Source, string Topic)[] all =
        [
            .. jobs.SelectMany(job =>
                job.Sources.SelectMany(source =>
                    DurableJobPlan.SourceOf(source).Topics.Where(DurableConnectors.HasTrigger).Select(topic => (job, source, topic.Name))
                )
            ),
        ];
        string[] names = FunctionNames.Assign(all, one => NameOf(one, all), one => $"{one.Job.Graph.Name}/{one.Source.Uid}/{one.Topic}");
        return [.. all.Zip(names, (one, name) => new DurableTrigger(name, one.Job, one.Source, one.Topic))];
    }

    private static string NameOf(
        (DurableJobPlan Job, Stage Source, string Topic) one,
        (DurableJobPlan Job, Stage Source, string Topic)[] all
    )
    {
        string topic = FunctionNames.Letters(one.Topic);
        bool IsLike((DurableJobPlan Job, Stage Source, string Topic) other) =>
            string.Equals(FunctionNames.Letters(other.Topic), topic, StringComparison.OrdinalIgnoreCase);
        bool isAlone = all.Count(IsLike) == 1;
        bool isAloneInJob = all.Count(other => other.Job == one.Job && IsLike(other)) == 1;
        return isAlone ? $"source-{topic}"
            : isAloneInJob ? $"source-{one.Job.Graph.Name}-{topic}"
            : $"source-{one.Job.Graph.Name}-{one.Source.Uid}-{topic}";
    }
}
