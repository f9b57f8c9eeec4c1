using Xunit;

namespace Millrace.Tests.Shared;

/// <summary>A theory against Azurite; skipped, with the reason, where Azurite cannot run.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AzuriteTheoryAttribute : TheoryAttribute
{
    public AzuriteTheoryAttribute() => Skip = AzuriteFixture.UnavailableReason;
}
