using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;
using Xunit;

namespace Millrace.Functions.Tests.Repository;

/// <summary>Puts the question of eng/probe to a feed in a folder: what it answers, the app's build must be able to restore.</summary>
public sealed class RegistryProbeTests : IDisposable
{
    private const string Worker = "Microsoft.Azure.Functions.Worker.Extensions.Kafka";
    private const string Host = "Microsoft.Azure.WebJobs.Extensions.Kafka";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("millrace-probe-");
    private readonly string _feed;

    public RegistryProbeTests() => _feed = Directory.CreateDirectory(Path.Combine(_folder.FullName, "feed")).FullName;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task ShouldAnswerTrue_WhenBothHalvesAreServed()
    {
        Serve(Worker, VersionOfWorker());
        Serve(Host, VersionOfHost());

        Assert.Equal("true", await AskAsync());
    }

    [Fact]
    public async Task ShouldAnswerFalse_WhenTheHostsHalfIsNotServed()
    {
        // The official SDK builds a project of its own for it: with the worker's half alone the app's build would fail.
        Serve(Worker, VersionOfWorker());

        Assert.Equal("false", await AskAsync());
    }

    [Fact]
    public async Task ShouldAnswerTrue_WhenALowerVersionOfADependencyIsMissing()
    {
        // NU1603 is no error in the app, nor in the project of the host's extensions: the probe takes it too.
        Serve("Millrace.Probe.Dependency", "1.0.1");
        Serve(Worker, VersionOfWorker(), "Millrace.Probe.Dependency");
        Serve(Host, VersionOfHost(), "Millrace.Probe.Dependency");

        Assert.Equal("true", await AskAsync());
    }

    [Fact]
    public async Task ShouldAnswerFalse_WhenADependencyIsMissing()
    {
        Serve(Worker, VersionOfWorker());
        Serve(Host, VersionOfHost(), "Millrace.Probe.Dependency");

        Assert.Equal("false", await AskAsync());
    }

    private static string VersionOfWorker() =>
        XDocument
            .Load(Tree.PathOf("Directory.Packages.props"))
            .Descendants("PackageVersion")
            .Single(package => package.Attribute("Include")!.Value == Worker)
            .Attribute("Version")!
            .Value;

    private static string VersionOfHost() =>
        File.Exists(Tree.PathOf("eng/probe/KafkaExtension.Host.csproj"))
            ? XDocument
                .Load(Tree.PathOf("eng/probe/KafkaExtension.Host.csproj"))
                .Descendants("PackageReference")
                .Single()
                .Attribute("Version")!
                .Value
            : "4.3.2";

    private void Serve(string id, string version, string? dependency = null)
    {
        string dependencies = dependency is null ? "" : $"""<dependency id="{dependency}" version="1.0.0" />""";
        using ZipArchive package = ZipFile.Open(Path.Combine(_feed, $"{id}.{version}.nupkg"), ZipArchiveMode.Create);
        using StreamWriter writer = new(package.CreateEntry(id + ".nuspec").Open());
        writer.Write(
            $"""
            <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata>
            <id>{id}</id><version>{version}</version><authors>test</authors><description>test</description>
            <dependencies><group targetFramework="netstandard2.0">{dependencies}</group></dependencies>
            </metadata></package>
            """
        );
    }

    private async Task<string> AskAsync()
    {
        string answer = Path.Combine(_folder.FullName, "answer.txt");
        ProcessStartInfo start = new(
            "dotnet",
            [
                "msbuild",
                Tree.PathOf("eng/probe/Ask.proj"),
                "-nologo",
                "-p:Question=KafkaExtension",
                $"-p:Answer={answer}",
                "-p:Missing=Missing",
                $"-p:RestoreSources={_feed}",
                $"-p:RestorePackagesPath={Path.Combine(_folder.FullName, "packages")}",
            ]
        )
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        using CancellationTokenSource deadline = new(Deadline);
        string output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        Assert.True(File.Exists(answer), output);
        return (await File.ReadAllTextAsync(answer)).Trim();
    }
}
