using System.Xml.Linq;
using Xunit;

namespace Millrace.Functions.Tests.Repository;

public sealed class OfficialPackagesTests
{
    [Fact]
    public void ShouldAskForExactlyThePackagesWithAStandIn_WhenTheRegistryIsAsked()
    {
        // A folder without a project is what builds of an older tree have left.
        IEnumerable<string?> standins = Directory
            .GetDirectories(Tree.PathOf("eng/standins"))
            .Where(folder => Directory.EnumerateFiles(folder, "*.csproj").Any())
            .Select(Path.GetFileName);

        Assert.Equal(standins, Packages("eng/probe/KafkaExtension.csproj"));
    }

    [Fact]
    public void ShouldNameOnlyPackagesThatTheAppUses_WhenThereIsAStandIn()
    {
        string[] named = Packages("src/Millrace.App/Millrace.App.csproj");

        Assert.All(Packages("eng/probe/KafkaExtension.csproj"), package => Assert.Contains(package, named));
    }

    private static string[] Packages(string project) =>
        [
            .. XDocument
                .Load(Tree.PathOf(project))
                .Descendants("PackageReference")
                .Select(reference => reference.Attribute("Include")!.Value),
        ];
}
