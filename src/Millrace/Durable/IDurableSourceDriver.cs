using Millrace.Connectors;

namespace Millrace.Durable;

/// <summary>What a trigger-driven host does with the source at the head of a stage.</summary>
internal interface IDurableSourceDriver
{
    /// <summary>The partition's watermark after the records so far.</summary>
    long Watermark { get; }

    /// <summary>Goes on from what the ledger says.</summary>
    void Begin(long watermark);

    void Process(RawRecord record);

    /// <summary>Returns when dead letters are acknowledged.</summary>
    Task FlushAsync(CancellationToken cancellationToken);

    void FlushChain();

    ValueTask DisposeReaderAsync();
}
