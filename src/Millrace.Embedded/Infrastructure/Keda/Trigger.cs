namespace Millrace.Embedded.Infrastructure.Keda;

/// <summary>One reason to scale.</summary>
/// <param name="Type">KEDA's scaler.</param>
/// <param name="Name">Name among the triggers.</param>
/// <param name="AuthenticationRef">How the scaler signs in.</param>
/// <param name="Metadata">What the scaler reads.</param>
internal sealed record Trigger(string Type, string Name, ObjectName? AuthenticationRef, object Metadata);
