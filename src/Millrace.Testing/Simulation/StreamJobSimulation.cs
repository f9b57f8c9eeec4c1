using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Connectors;
using Millrace.Durable;
using Millrace.Graph;
using Millrace.Ledger;

namespace Millrace.Testing.Simulation;

/// <summary>A real job on the simulated hosts: its own stages, windows, state and serializers, run as the function app runs them.</summary>
internal sealed class StreamJobSimulation : SimulatedJob
{
    private readonly DurableJobPlan _plan;
    private readonly DurableServices _services = new(new ManualTimeProvider(), NullLoggerFactory.Instance, CancellationToken.None);
    private readonly List<(Stage Stage, string Topic, int Partition, SimulatedPartition Description)> _partitions = [];
    private readonly Dictionary<int, DurableSourceRunner> _runners = [];
    private readonly Dictionary<string, SimulatedSink> _guarantees = new(StringComparer.Ordinal);

    public StreamJobSimulation(SimulationSubject subject)
    {
        StreamExecutionEnvironment environment = new(configuration: subject.Configuration);
        subject.Job.Build(environment);
        Name = subject.Job.Name;
        _plan = new DurableJobPlan(environment.GetJobGraph(Name, hasStatelessSources: true), Name);
        Stages = [.. _plan.KeyedStages.Select(StageOf)];
        foreach (Stage stage in _plan.Graph.Stages)
        {
            foreach ((string uid, IDurableSink sink) in _plan.SinksOf(stage))
            {
                _guarantees.Add(
                    uid,
                    sink.Guarantee == DurableSinkGuarantee.ExactlyOnce ? SimulatedSink.ExactlyOnce : SimulatedSink.AtLeastOnce
                );
            }
        }

        AddPartitions(subject.Input);
        Input = [.. subject.Input.SelectMany(RecordsOf)];
    }

    public override string Name { get; }

    public override IReadOnlyList<SimulatedStage> Stages { get; }

    public override bool SendsWhole => _plan.Sources.Any(DurableJobPlan.IsPlanned);

    public override bool EndsInput => true;

    public int Partitions => _partitions.Count;

    /// <summary>The input, once for each source that reads its topic.</summary>
    public IReadOnlyList<SimRecord> Input { get; }

    public override SimulatedPartition PartitionOf(int partition) => _partitions[partition].Description;

    public override SimulatedSink GuaranteeOf(string sink) => _guarantees[sink];

    public override ChainResult RunChain(in ChainContext context)
    {
        (Stage? stage, _, _, SimulatedPartition? description) = _partitions[context.Partition];
        if (!_runners.TryGetValue(context.Partition, out DurableSourceRunner? runner))
        {
            runner = new DurableSourceRunner(_plan, stage, description.Upstream, _services);
            _runners.Add(context.Partition, runner);
        }

        SourceRangeResult ran = runner.Process(
            context.Ledger,
            context.Range,
            [.. context.Records.Select(static record => record.Raw!)],
            context.Only.HasValue
        );
        if (!runner.FlushLettersAsync(CancellationToken.None).IsCompleted)
        {
            throw new NotSupportedException(
                $"Source '{description.Source}' waits for something outside of the simulation, such as the acknowledgement of a dead "
                    + "letter; give the simulated job a source that does not."
            );
        }

        ChainResult result = new() { Watermark = ran.Watermark };
        ChannelId? only = context.Only;
        result.Envelopes.AddRange(ran.Envelopes.Where(envelope => only is null || envelope.Channel == only));
        result.Sent.AddRange(ran.Sent);
        foreach (SourceSinkRecord record in ran.SinkRecords)
        {
            result.SinkRecords.Add(
                (record.Record.Sequence, new SimulatedOutput(record.SinkUid, record.Record.Id, Describe(record.Record.Data)))
            );
        }

        return result;
    }

    public override string Describe(ReadOnlyMemory<byte> sinkRecord)
    {
        foreach (byte b in sinkRecord.Span)
        {
            if (b is < 32 or > 126)
            {
                return Convert.ToHexStringLower(sinkRecord.Span);
            }
        }

        return Encoding.ASCII.GetString(sinkRecord.Span);
    }

    public override string DescribeState(ITaskLogic logic) =>
        FormattableString.Invariant($"{((DurableTaskLogic)logic).OpenWindows} open windows");

    private SimulatedStage StageOf(Stage stage)
    {
        KeyedTaskOptions options = _plan.OptionsOf(stage, 0);
        return new SimulatedStage
        {
            Name = stage.Uid,
            Parallelism = stage.Parallelism,
            Inputs = options.Inputs,
            Outputs = options.Outputs,
            CreateLogic = task => new DurableTaskLogic(_plan, stage, task, _services),
        };
    }

    private void AddPartitions(IReadOnlyList<SimulatedRecord> input)
    {
        foreach (Stage source in _plan.Sources)
        {
            IReadOnlyList<Topic> topics = DurableJobPlan.SourceOf(source).Topics;
            string[] edges = source.OutputEdges.Select(edge => edge.NameIn(_plan.Graph)).ToArray();
            for (int topic = 0; topic < topics.Count; topic++)
            {
                string name = topics[topic].Name;
                int count = input
                    .Where(record => record.Topic == name)
                    .Select(static record => record.Partition + 1)
                    .DefaultIfEmpty(1)
                    .Max();
                for (int partition = 0; partition < count; partition++)
                {
                    SimulatedPartition description = new(
                        source.Uid,
                        DurableJobPlan.UpstreamOf(topic, partition),
                        edges,
                        DurableJobPlan.IdleTimeoutOf(source),
                        DurableJobPlan.IdleClockOf(source)
                    );
                    _partitions.Add((source, name, partition, description));
                }
            }
        }
    }

    private IEnumerable<SimRecord> RecordsOf(SimulatedRecord record)
    {
        RawRecord raw = new(record.Topic, record.Partition, 0, record.Timestamp, record.Key, record.Value, []);
        bool found = false;
        for (int i = 0; i < _partitions.Count; i++)
        {
            if (_partitions[i].Topic == record.Topic && _partitions[i].Partition == record.Partition)
            {
                found = true;
                yield return new SimRecord(i, 0, 0, 0, record.Timestamp, raw);
            }
        }

        if (!found)
        {
            throw new ArgumentException(
                $"The input has a record for partition {record.Partition} of topic '{record.Topic}', but job '{Name}' reads: "
                    + $"{string.Join(", ", _partitions.Select(static p => p.Topic).Distinct(StringComparer.Ordinal))}.",
                nameof(record)
            );
        }
    }
}
