using Millrace.Graph;
using Millrace.Ledger;

namespace Millrace.Durable;

/// <summary>The untyped face of a source task's edge output.</summary>
internal interface ISourceEdgeOutput
{
    StreamEdge Edge { get; }

    int Targets { get; }

    /// <summary>Begins a range of offsets.</summary>
    void Begin(Func<int, RecordPayloadWriter> writerOf);
}
