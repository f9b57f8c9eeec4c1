namespace Millrace.Processing;

/// <summary>What a keyed process function learns about a timer that is due.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
public interface IOnTimerContext<TKey> : IKeyedProcessContext<TKey>
{
    /// <summary>Which time the timer follows.</summary>
    TimeDomain TimeDomain { get; }
}
