using System.Xml.Linq;
using Xunit;

namespace Millrace.Functions.Tests.Repository;

public sealed class OfficialPackagesTests
{
    [Fact]
    public void ShouldProbeForExactlyTheOfficialPackages_WhenTheRegistryIsAsked()
    {
        string[] probed = Packages("eng/probe/Functions.csproj");

        IEnumerable<string> named = Packages("src/Millrace.Functions/Millrace.Functions.csproj")
            .Union(Packages("src/Millrace.App/Millrace.App.csproj"), StringComparer.Ordinal)
            .Where(IsOfficial);

        Assert.Equal(named.Order(StringComparer.Ordinal), probed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ShouldHaveAStandinForEveryOfficialPackage_WhenItHoldsTypes()
    {
        IEnumerable<string?> standins = Directory.GetDirectories(Tree.PathOf("eng/standins")).Select(Path.GetFileName);

        IEnumerable<string?> missing = Packages("eng/probe/Functions.csproj").Except(standins, StringComparer.Ordinal);

        // The SDK is build tasks only; nothing is compiled against it.
        Assert.Equal(["Microsoft.Azure.Functions.Worker.Sdk"], missing);
    }

    private static bool IsOfficial(string package) =>
        package.StartsWith("Microsoft.Azure.Functions.", StringComparison.Ordinal)
        || package.StartsWith("Microsoft.DurableTask.", StringComparison.Ordinal);

    private static string[] Packages(string project) =>
        [
            .. XDocument
                .Load(Tree.PathOf(project))
                .Descendants("PackageReference")
                .Select(reference => reference.Attribute("Include")!.Value),
        ];
}
