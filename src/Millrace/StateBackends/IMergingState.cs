namespace Millrace.StateBackends;

/// <summary>State that can be carried over when windows merge.</summary>
internal interface IMergingState<TNamespace>
{
    /// <summary>Merges the state of the sources into the target and removes the sources.</summary>
    void MergeNamespaces(TNamespace target, IReadOnlyCollection<TNamespace> sources);
}
