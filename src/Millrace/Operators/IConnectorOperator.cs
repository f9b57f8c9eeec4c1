using Millrace.Connectors;

namespace Millrace.Operators;

/// <summary>A source or sink, for metrics; read by any thread.</summary>
internal interface IConnectorOperator
{
    bool IsSource { get; }

    long Records { get; }

    ConnectorMetrics ConnectorMetrics { get; }
}
