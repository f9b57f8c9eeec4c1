using Millrace.Infra.Tests.Support;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Millrace.Infra.Tests;

public sealed class AzdTests
{
    [Fact]
    public void ShouldPointAtWhatIsThere_WhenAzdReadsItsFile()
    {
        YamlStream stream = new();
        stream.Load(new StringReader(Tree.Read("infra/azure.yaml")));
        YamlNode root = stream.Documents.Single().RootNode;

        (YamlNode? name, YamlNode? service) = Assert.Single(((YamlMappingNode)root["services"]).Children);

        Assert.True(Directory.Exists(Path.Combine(Tree.PathOf("infra"), service["project"].ToString())));
        Assert.True(File.Exists(Path.Combine(Tree.PathOf("infra"), root["infra"]["path"].ToString(), root["infra"]["module"] + ".bicep")));
        // azd finds the resource of a service by this tag.
        Assert.Contains($"'azd-service-name': '{name}'", Tree.Read("infra/main.bicep"), StringComparison.Ordinal);
        Assert.Contains("'azd-env-name': environmentName", Tree.Read("infra/main.bicep"), StringComparison.Ordinal);
    }
}
