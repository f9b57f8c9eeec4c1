namespace Millrace.StateBackends;

/// <summary>The namespace of state that belongs to a key alone.</summary>
internal readonly record struct VoidNamespace;
