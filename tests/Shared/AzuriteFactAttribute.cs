using Xunit;

namespace Millrace.Tests.Shared;

/// <summary>A test against Azurite; skipped, with the reason, where Azurite cannot run.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AzuriteFactAttribute : FactAttribute
{
    public AzuriteFactAttribute() => Skip = AzuriteFixture.UnavailableReason;
}
