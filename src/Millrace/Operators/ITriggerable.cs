namespace Millrace.Operators;

/// <summary>Told when timers are due, with the key context set to the timer's key.</summary>
internal interface ITriggerable<TKey, TNamespace>
{
    void OnEventTimer(long timestamp, TKey key, TNamespace space);

    void OnProcessingTimer(long timestamp, TKey key, TNamespace space);
}
