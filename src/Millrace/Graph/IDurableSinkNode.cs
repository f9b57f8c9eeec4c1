using Millrace.Connectors;

namespace Millrace.Graph;

/// <summary>What a trigger-driven host needs of a sink.</summary>
internal interface IDurableSinkNode
{
    DurableSinkGuarantee Guarantee { get; }

    string? Topic { get; }

    IDurableSinkSender CreateSender(ConnectorContext context);
}
