using Xunit;

namespace Millrace.Infra.Tests.Support;

/// <summary>A fact that needs the Bicep compiler; without it the test says that it was skipped, and why.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BicepFactAttribute : FactAttribute
{
    public BicepFactAttribute()
    {
        if (BicepCompiler.Path is null)
        {
            Skip = "The registry has no Azure.Bicep.CommandLine package for this platform.";
        }
    }
}
