namespace Millrace.Embedded.Infrastructure.Keda;

/// <summary>Name of a Kubernetes object.</summary>
internal sealed record ObjectName(string Name);
