using Millrace.Connectors;

namespace Millrace.Operators;

/// <summary>A source or sink, for metrics; read by any thread.</summary>
internal interface IConnectorOperator
{
    bool IsSource { get; }

    /// <summary>Whether a checkpoint taken now has anything of it. Used on the task's thread only.</summary>
    bool HasState => true;

    long Records { get; }

    ConnectorMetrics ConnectorMetrics { get; }
}
