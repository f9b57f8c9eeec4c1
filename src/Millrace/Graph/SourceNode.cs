using Millrace.Connectors;
using Millrace.Time;

namespace Millrace.Graph;

/// <summary>A source with its watermark strategy.</summary>
internal sealed class SourceNode<T>(int id, string name, ISource<T> source, WatermarkStrategy<T> watermarks)
    : StreamNode<T>(id, NodeKind.Source, name, host => host.CreateSource(source, watermarks))
{
    public override ISource<T> Source { get; } = source;

    public override TimeSpan? IdleTimeout => watermarks.IdleTimeout;

    public override IdleClock? IdleClock => watermarks.IdleClock;

    public override string? AheadOutput => watermarks.Guard?.SideOutput;
}
