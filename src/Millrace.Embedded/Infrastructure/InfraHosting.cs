namespace Millrace.Embedded.Infrastructure;

/// <summary>Where a function app runs.</summary>
internal enum InfraHosting
{
    /// <summary>Azure, Flex Consumption: host.json and job.json.</summary>
    Flex,

    /// <summary>Azure, Elastic Premium: the same files.</summary>
    Premium,

    /// <summary>Containers scaled by KEDA: these and the Kubernetes objects that depend on the jobs.</summary>
    Keda,
}
