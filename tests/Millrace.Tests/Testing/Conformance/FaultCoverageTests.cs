using System.Reflection;
using Millrace.Testing.Conformance;
using Xunit;

namespace Millrace.Tests.Testing.Conformance;

/// <summary>A check that nothing fails may check nothing.</summary>
public sealed class FaultCoverageTests
{
    [Fact]
    public void ShouldHaveAConnectorThatFailsIt_EachCheckOfASource() =>
        Assert.Empty(
            SourceConformance.CheckNames.Except([.. FailedBy<SourceConformanceTests>(), "ShouldReadWhatIsAddedLater_WhenUnbounded"])
        );

    [Fact]
    public void ShouldHaveAConnectorThatFailsIt_EachCheckOfASink() =>
        Assert.Empty(SinkConformance.CheckNames.Except([.. FailedBy<SinkConformanceTests>(), "ShouldDoNothing_WhenThereIsNothingToWrite"]));

    // The others have a test of their own.
    private static IEnumerable<string> FailedBy<T>() =>
        typeof(T)
            .GetMethods()
            .Where(method => method.Name.StartsWith("ShouldFail", StringComparison.Ordinal))
            .SelectMany(method =>
                method.GetCustomAttributes<InlineDataAttribute>().Select(data => (string)data.GetData(method).First()[^1])
            );
}
