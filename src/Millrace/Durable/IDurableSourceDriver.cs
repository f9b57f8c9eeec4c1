using Millrace.Connectors;

namespace Millrace.Durable;

/// <summary>What a trigger-driven host does with the source at the head of a stage.</summary>
internal interface IDurableSourceDriver
{
    void Process(RawRecord record);

    /// <summary>Returns when dead letters are acknowledged.</summary>
    Task FlushAsync(CancellationToken cancellationToken);

    void FlushChain();

    ValueTask DisposeReaderAsync();
}
