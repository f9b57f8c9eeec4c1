using Millrace.Connectors;

namespace Millrace.Graph;

/// <summary>What a trigger-driven host needs of a source.</summary>
internal interface IRawTopics
{
    IReadOnlyList<string> Topics { get; }

    string? GroupId { get; }

    string? DeadLetterTopic { get; }

    IReadOnlyDictionary<string, string> ClientProperties { get; }

    IRawTopicReader CreateTopicReader(ConnectorContext context);

    SourceSplit SplitAt(RawPosition position);

    RawPosition PositionOf(SourceSplit split);
}
