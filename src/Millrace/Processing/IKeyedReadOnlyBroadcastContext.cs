namespace Millrace.Processing;

/// <summary>What the records of a keyed stream connected with a broadcast stream can see.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
public interface IKeyedReadOnlyBroadcastContext<TKey> : IReadOnlyBroadcastContext
{
    /// <summary>The key being processed.</summary>
    TKey CurrentKey { get; }

    /// <summary>Which time the timer follows; meaningful in <c>OnTimer</c>.</summary>
    TimeDomain TimeDomain { get; }
}
