using System.Text;
using Microsoft.Extensions.Configuration;
using Millrace.Api;
using Millrace.Connectors;
using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;
using Millrace.Durable.Tasks;
using Millrace.Graph;

namespace Millrace.Testing.Simulation;

/// <summary>The job under simulation: built anew for each process, as an app does.</summary>
internal sealed class SimJob
{
    private readonly Func<SimProcess?, IStreamJob> _create;
    private readonly IConfiguration? _configuration;
    private readonly List<SimPartition> _partitions = [];
    private readonly Dictionary<string, SimulatedSink> _guarantees = new(StringComparer.Ordinal);

    /// <param name="create">Makes the job for a process; <see langword="null"/> = for nobody, to look at it.</param>
    /// <param name="configuration">Its parameters; <see langword="null"/> = none.</param>
    /// <param name="partitions">Partitions of a topic.</param>
    public SimJob(Func<SimProcess?, IStreamJob> create, IConfiguration? configuration, Func<string, int> partitions)
    {
        (_create, _configuration) = (create, configuration);
        AppJob job = Build(process: null, world: null);
        (Name, Plan) = (job.Name, job.Plan);
        foreach (Stage source in Plan.Sources)
        {
            IReadOnlyList<Topic> topics = DurableJobPlan.SourceOf(source).Topics;
            for (int topic = 0; topic < topics.Count; topic++)
            {
                for (int partition = 0; partition < partitions(topics[topic].Name); partition++)
                {
                    _partitions.Add(new SimPartition(source.Uid, topics[topic].Name, partition));
                }
            }
        }

        // The first of each topic, then the second: one that is added has the last number.
        _partitions = [.. _partitions.OrderBy(static each => each.Partition)];

        foreach (Stage stage in Plan.Graph.Stages)
        {
            foreach ((string uid, IDurableSink sink) in Plan.SinksOf(stage))
            {
                _guarantees.Add(
                    uid,
                    sink.Guarantee == DurableSinkGuarantee.ExactlyOnce ? SimulatedSink.ExactlyOnce : SimulatedSink.AtLeastOnce
                );
            }
        }
    }

    public string Name { get; }

    /// <summary>The job's shape, for the names of things.</summary>
    public DurableJobPlan Plan { get; }

    /// <summary>Whether the end of the input is told to the job, so that everything comes out.</summary>
    public bool IsDrained { get; init; }

    /// <summary>Whether it is the simulator's own.</summary>
    public bool IsOwn { get; init; }

    /// <summary>The partitions of its sources, numbered through.</summary>
    public IReadOnlyList<SimPartition> Partitions => _partitions;

    public SimulatedSink GuaranteeOf(string sink) => _guarantees[sink];

    public AppJob Build(SimProcess? process, SimWorld? world)
    {
        IStreamJob job = _create(process);
        StreamExecutionEnvironment environment = new(configuration: _configuration);
        job.Build(environment);
        return new AppJob(environment.GetJobGraph(job.Name, hasStatelessSources: true), world?.RestoreFrom);
    }

    /// <summary>Adds a partition to a job of one source, to each topic in turn.</summary>
    public void AddPartition()
    {
        int topics = _partitions.Count(static each => each.Partition == 0);
        SimPartition last = _partitions[_partitions.Count % topics];
        _partitions.Add(last with { Partition = _partitions.Count / topics });
    }

    /// <summary>A partition's number in its source, as the job's state has it.</summary>
    public int UpstreamOf(DurableControl control, SimPartition partition)
    {
        IReadOnlyList<string> topics = control.Topics![partition.Source];
        return DurableJobPlan.UpstreamOf(topics.TakeWhile(topic => topic != partition.Topic).Count(), partition.Partition);
    }

    /// <summary>A sink's record as text.</summary>
    public static string Describe(ReadOnlyMemory<byte> record)
    {
        foreach (byte b in record.Span)
        {
            if (b is < 32 or > 126)
            {
                return Convert.ToHexStringLower(record.Span);
            }
        }

        return Encoding.ASCII.GetString(record.Span);
    }
}

/// <summary>A partition of a source.</summary>
/// <param name="Source">Uid of the source's stage.</param>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">Its number in the topic.</param>
internal sealed record SimPartition(string Source, string Topic, int Partition);

/// <summary>A record of a partition, by the partition's number among all.</summary>
internal readonly record struct SimRecord(int Partition, RawRecord Raw)
{
    public long Offset => Raw.Offset;
}
