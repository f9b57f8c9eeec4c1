using Millrace.Connectors;
using Millrace.Time;

namespace Millrace.Graph;

/// <summary>A source with its watermark strategy.</summary>
internal sealed class SourceNode<T>(int id, string name, ISource<T> source, WatermarkStrategy<T> watermarks)
    : StreamNode<T>(id, NodeKind.Source, name, host => host.CreateSource(source, watermarks)),
        IRawTopics
{
    public ISource<T> Source { get; } = source;

    public WatermarkStrategy<T> Watermarks { get; } = watermarks;

    public override IReadOnlyList<string> Resources => Source.Resources;

    public override IReadOnlyList<string> WrittenResources => Source.WrittenResources;

    public override bool Reads(string resource) => Source.Reads(resource);

    public IReadOnlyList<string> Topics => Raw.Topics;

    public string? GroupId => Raw.GroupId;

    public string? DeadLetterTopic => Raw.DeadLetterTopic;

    public IReadOnlyDictionary<string, string> ClientProperties => Raw.ClientProperties;

    public override TimeSpan? IdleTimeout => Watermarks.IdleTimeout;

    public override string? AheadOutput => Watermarks.Guard?.SideOutput;

    public IRawTopicReader CreateTopicReader(ConnectorContext context) => Raw.CreateTopicReader(context);

    public SourceSplit SplitAt(RawPosition position) => Raw.SplitAt(position);

    public RawPosition PositionOf(SourceSplit split) => Raw.PositionOf(split);

    private IRawRecordSource<T> Raw => (IRawRecordSource<T>)Source;

    public override void ValidateDurable(ICollection<string> errors)
    {
        if (Source is not IRawRecordSource<T> raw)
        {
            errors.Add(
                $"Source '{Name}' ({Source.GetType().Name}) cannot run on Azure Functions, expected one that implements IRawRecordSource, "
                    + "such as KafkaSource; use another source or the embedded host."
            );
        }
        else if (raw.Topics.Count == 0)
        {
            errors.Add(
                $"Source '{Name}' reads topics by a pattern, but a Kafka trigger needs their names; list them with SetTopics or use the "
                    + "embedded host."
            );
        }
    }

    public override void Validate(ICollection<string> errors) => Source.Validate(errors);
}
