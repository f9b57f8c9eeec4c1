namespace Millrace.Processing;

/// <summary>What a keyed process function learns about the record at hand.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
public interface IKeyedProcessContext<TKey> : IProcessContext
{
    /// <summary>The key being processed.</summary>
    TKey CurrentKey { get; }
}
