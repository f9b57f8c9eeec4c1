using Millrace.Connectors;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>A sink.</summary>
internal sealed class SinkNode<T>(int id, string name, ISink<T> sink) : StreamNode(id, NodeKind.Sink, name), IDurableSinkNode
{
    public ISink<T> Sink { get; } = sink;

    public override IReadOnlyList<string> Resources => Sink.Resources;

    public override bool CommitsByCheckpoints => Sink.CommitsByCheckpoints;

    public DurableSinkGuarantee Guarantee => Durable.Guarantee;

    public string? Topic => Durable.Topic;

    private IDurableSink<T> Durable => (IDurableSink<T>)Sink;

    public IDurableSinkSender CreateSender(ConnectorContext context) => Durable.CreateSender(context);

    public override void ValidateDurable(ICollection<string> errors)
    {
        if (Sink is not IDurableSink<T>)
        {
            errors.Add(
                $"Sink '{Name}' ({Sink.GetType().Name}) cannot run on Azure Functions, expected one that implements IDurableSink, such as "
                    + "KafkaSink; use another sink or the embedded host."
            );
            return;
        }

        if (Guarantee == DurableSinkGuarantee.BestEffort && Topic is null)
        {
            errors.Add(
                $"Sink '{Name}' ({Sink.GetType().Name}) has the guarantee BestEffort, which the host's Kafka output binding serves, but "
                    + "names no topic for all its records: "
                    + "give it one topic, or the guarantee AtLeastOnce."
            );
        }

        foreach (string error in Durable.DurableErrors)
        {
            errors.Add($"Sink '{Name}': {error}");
        }
    }

    public override void Validate(ICollection<string> errors) => Sink.Validate(errors);

    public override void ValidateCheckpoints(TimeSpan checkpointInterval, ICollection<string> errors) =>
        Sink.ValidateCheckpoints(checkpointInterval, errors);

    public override StreamOperator CreateOperator(IStageHost host, string uid) => host.CreateSink(Sink, uid);

    public override void WireOutput(StreamOperator instance, StageBuilder builder)
    {
        // A sink is the end of a chain.
    }
}
