namespace Millrace.Api;

/// <content>Keyed streams together with other streams.</content>
public sealed partial class KeyedStream<TKey, T>
{
    /// <summary>
    /// Handles this stream and another one with keys of the same type in one operator: they share state and timers per key.
    /// </summary>
    /// <typeparam name="TOther">Type of the other stream's records.</typeparam>
    /// <param name="other">The other stream.</param>
    public ConnectedKeyedStreams<TKey, T, TOther> Connect<TOther>(KeyedStream<TKey, TOther> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new ConnectedKeyedStreams<TKey, T, TOther>(this, other);
    }

    /// <summary>Handles this stream beside a broadcast one.</summary>
    /// <typeparam name="TBroadcast">Type of the broadcast records.</typeparam>
    /// <param name="broadcast">The broadcast stream.</param>
    public new KeyedBroadcastConnectedStream<TKey, T, TBroadcast> Connect<TBroadcast>(BroadcastStream<TBroadcast> broadcast)
    {
        ArgumentNullException.ThrowIfNull(broadcast);
        return new KeyedBroadcastConnectedStream<TKey, T, TBroadcast>(this, broadcast);
    }

    /// <summary>Joins records of this stream with records of another one, of the same key and near in time.</summary>
    /// <typeparam name="TRight">Type of the other stream's records.</typeparam>
    /// <param name="right">The other stream.</param>
    public IntervalJoin<TKey, T, TRight> IntervalJoin<TRight>(KeyedStream<TKey, TRight> right)
    {
        ArgumentNullException.ThrowIfNull(right);
        return new IntervalJoin<TKey, T, TRight>(this, right);
    }

    /// <summary>Joins records of this stream with the versions of another one that are valid at their time.</summary>
    /// <typeparam name="TVersion">Type of the versions.</typeparam>
    /// <param name="versions">A versioned table: each record is a version of its key, valid from its time on.</param>
    public TemporalJoin<TKey, T, TVersion> TemporalJoin<TVersion>(KeyedStream<TKey, TVersion> versions)
    {
        ArgumentNullException.ThrowIfNull(versions);
        return new TemporalJoin<TKey, T, TVersion>(this, versions);
    }
}
