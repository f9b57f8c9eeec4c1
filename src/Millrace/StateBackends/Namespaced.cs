namespace Millrace.StateBackends;

/// <summary>The namespace that a group of states works in at the moment.</summary>
internal sealed class Namespaced<TNamespace>
{
    public TNamespace Current { get; set; } = default!;
}
