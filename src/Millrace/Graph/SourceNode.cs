using Millrace.Connectors;
using Millrace.Operators;
using Millrace.Time;

namespace Millrace.Graph;

/// <summary>A source with its watermark strategy.</summary>
internal sealed class SourceNode<T>(int id, string name, ISource<T> source, WatermarkStrategy<T> watermarks)
    : StreamNode<T>(id, NodeKind.Source, name, () => new SourceOperator<T>(source, watermarks))
{
    public ISource<T> Source { get; } = source;

    public WatermarkStrategy<T> Watermarks { get; } = watermarks;

    public override IReadOnlyList<string> Resources => Source.Resources;

    public override void Validate(ICollection<string> errors) => Source.Validate(errors);
}
