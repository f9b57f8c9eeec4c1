using Xunit;

namespace Millrace.Packages.Tests;

[Collection(FeedTests.Name)]
public sealed class PackageTests(Feed feed)
{
    private const string Standin = "Millrace.Standin.Microsoft.Azure.Functions.Worker.Extensions.Kafka";
    private const string Official = "Microsoft.Azure.Functions.Worker.Extensions.Kafka";
    private const string Tool = "Millrace.Tool";
    private const string Templates = "Millrace.Templates";

    /// <summary>Package -> packages of ours that it brings.</summary>
    private static readonly Dictionary<string, string[]> Libraries = new(StringComparer.Ordinal)
    {
        ["Millrace"] = [],
        ["Millrace.AzureBlobs"] = ["Millrace"],
        ["Millrace.DevBroker"] = ["Millrace.Kafka.Protocol"],
        ["Millrace.Durable"] = ["Millrace"],
        ["Millrace.Formats"] = ["Millrace.Kafka"],
        ["Millrace.Functions"] = ["Millrace", "Millrace.AzureBlobs", "Millrace.Durable", "Millrace.Kafka"],
        ["Millrace.Hosting"] = ["Millrace"],
        ["Millrace.Kafka"] = ["Millrace", "Millrace.Kafka.Protocol"],
        ["Millrace.Kafka.Protocol"] = [],
        ["Millrace.RocksDb"] = ["Millrace"],
        ["Millrace.Testing"] = ["Millrace", "Millrace.Durable"],
    };

    public static TheoryData<string> Ids => [.. Libraries.Keys];

    [Fact]
    public void ShouldWriteEachPackageAndItsSymbols_WhenPacked()
    {
        string[] expected =
        [
            $"{Templates}.{feed.Version}.nupkg",
            .. Libraries.Keys.Append(Tool).SelectMany(id => new[] { $"{id}.{feed.Version}.nupkg", $"{id}.{feed.Version}.snupkg" }),
        ];
        IEnumerable<string> actual = feed.Files.Where(file => !file.StartsWith(Standin, StringComparison.Ordinal));

        Assert.Equal(expected.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));
        Assert.All(feed.Files, file => Assert.True(File.Exists(Path.Combine(feed.Folder, file)), file));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    [InlineData(Tool)]
    [InlineData(Templates)]
    public async Task ShouldSayWhatItIs_WhenPackageIsRead(string id)
    {
        Package package = feed.Read(id);

        Assert.Equal(id, package.Value("id"));
        Assert.Equal(feed.Version, package.Value("version"));
        Assert.Equal("MIT", package.Value("license"));
        Assert.Equal("Millrace contributors", package.Value("authors"));
        Assert.EndsWith(".", package.Value("description"), StringComparison.Ordinal);
        Assert.Contains("kafka", package.Value("tags"), StringComparison.Ordinal);
        Assert.Contains(package.Value("readme"), package.Files);
        Assert.Contains(package.Value("icon"), package.Files);
        Assert.Equal(Feed.RepositoryAddress, package.Value("projectUrl"));
        Assert.Equal(Feed.RepositoryAddress, package.Value("repository", "url"));
        Assert.Equal("git", package.Value("repository", "type"));
        if (Path.Exists(Path.Combine(Feed.Repository, ".git")))
        {
            string commit = await new Command(Feed.Repository, "git", "rev-parse", "HEAD").RunAsync();
            Assert.Equal(commit.Trim(), package.Value("repository", "commit"));
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void ShouldHoldItsAssemblyWithDocs_WhenPackageIsALibrary(string id)
    {
        Package package = feed.Read(id);

        string[] libraries =
        [
            .. package.Files.Where(file =>
                file.StartsWith("lib/", StringComparison.Ordinal) && !file.EndsWith(".json", StringComparison.Ordinal)
            ),
        ];
        Assert.Equal([$"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml"], libraries.Order(StringComparer.Ordinal));
        Package symbols = new(Path.Combine(feed.Folder, $"{id}.{feed.Version}.snupkg"));
        Assert.Contains($"lib/net10.0/{id}.pdb", symbols.Files);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void ShouldAskForItsOwnVersionOfTheOthers_WhenPackageIsALibrary(string id)
    {
        // They use each other's internals.
        KeyValuePair<string, string>[] ours =
        [
            .. feed.Read(id).Dependencies.Where(each => each.Key.StartsWith("Millrace", StringComparison.Ordinal) && each.Key != Standin),
        ];

        Assert.Equal(Libraries[id], ours.Select(each => each.Key).Order(StringComparer.Ordinal));
        Assert.All(ours, each => Assert.Equal($"[{feed.Version}]", each.Value));
    }

    [Theory]
    [InlineData("Millrace")]
    [InlineData("Millrace.Durable")]
    [InlineData("Millrace.Hosting")]
    [InlineData("Millrace.Testing")]
    public void ShouldNeedLittle_WhenPackageIsBelowEveryHost(string id)
    {
        Package package = feed.Read(id);

        Assert.Empty(package.Frameworks);
        Assert.All(
            package.Dependencies.Keys.Where(key => !key.StartsWith("Millrace", StringComparison.Ordinal)),
            key => Assert.True(key.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) || key == "System.IO.Hashing", key)
        );
    }

    [Fact]
    public void ShouldBringTheAnalyzers_WhenPackageIsTheCore() =>
        Assert.Contains("analyzers/dotnet/cs/Millrace.Analyzers.dll", feed.Read("Millrace").Files);

    [Fact]
    public void ShouldDependOnTheKafkaExtensionUnderOneName_WhenPackageIsForFunctions()
    {
        IEnumerable<string> dependencies = feed.Read("Millrace.Functions").Dependencies.Keys;

        // The stand-in only in a feed of tests, and only where the official package is not served.
        bool isStandin = feed.Files.Any(file => file.StartsWith(Standin, StringComparison.Ordinal));
        Assert.Equal([isStandin ? Standin : Official], dependencies.Where(id => id.EndsWith(Official, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ShouldBeRefused_WhenAPackageOfAStandinIsNotAskedFor()
    {
        string output = await new Command(
            Feed.Repository,
            "dotnet",
            "msbuild",
            "src/Millrace.Functions",
            "-nologo",
            "-t:Pack",
            "-p:NoBuild=true",
            "-p:KafkaExtension=false",
            $"-p:Configuration={Feed.Configuration}",
            $"-p:PackageOutputPath={feed.MakeFolder("refused")}"
        ).RunAsync(exitCode: 1);

        Command.AssertSays("such a build is never shipped", output);
    }

    [Theory]
    [InlineData("librdkafka.so")]
    [InlineData("librdkafka.dylib")]
    [InlineData("librdkafka.dll")]
    [InlineData("librocksdb.so")]
    public void ShouldHoldNativeLibraries_WhenPackageIsTheTool(string library) =>
        Assert.Contains(
            feed.Read(Tool).Files,
            file =>
                file.StartsWith("tools/net10.0/any/runtimes/", StringComparison.Ordinal)
                && file.EndsWith("/" + library, StringComparison.Ordinal)
        );
}
