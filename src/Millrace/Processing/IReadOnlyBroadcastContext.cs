using Millrace.State;

namespace Millrace.Processing;

/// <summary>What the records of the stream that is not broadcast can see.</summary>
public interface IReadOnlyBroadcastContext : IProcessContext
{
    /// <summary>A broadcast state, for reading.</summary>
    /// <typeparam name="TMapKey">Type of the map's keys.</typeparam>
    /// <typeparam name="TMapValue">Type of the map's values.</typeparam>
    /// <param name="descriptor">One of the descriptors that the stream was broadcast with.</param>
    IReadOnlyBroadcastState<TMapKey, TMapValue> GetBroadcastState<TMapKey, TMapValue>(MapStateDescriptor<TMapKey, TMapValue> descriptor)
        where TMapKey : notnull;
}
