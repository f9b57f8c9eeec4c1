using Xunit;

namespace Millrace.Infra.Tests.Support;

/// <summary>A fact that needs kubectl for its kustomize; without it the test says that it was skipped, and why.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KubectlFactAttribute : FactAttribute
{
    public KubectlFactAttribute()
    {
        if (Tool.Find("kubectl") is null)
        {
            Skip = "kubectl is not installed; overlays are not built, only their files are read.";
        }
    }
}
