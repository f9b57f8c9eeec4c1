using Millrace.State;

namespace Millrace.Windows;

/// <summary>A trigger's context while windows merge.</summary>
public interface IOnMergeContext : ITriggerContext
{
    /// <summary>Merges the state of the old windows into that of the new one.</summary>
    /// <typeparam name="T">Type of the value.</typeparam>
    /// <param name="descriptor">Names the state.</param>
    void MergePartitionedState<T>(ReducingStateDescriptor<T> descriptor);
}
