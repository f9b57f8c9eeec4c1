using Xunit;

namespace Millrace.Packages.Tests;

/// <summary>Uses the packages as somebody who has only these.</summary>
[Collection(FeedTests.Name)]
public sealed class ConsumerTests(Feed feed)
{
    private const string Program = """
        using Confluent.Kafka;
        using Millrace.Api;
        using Millrace.Kafka;
        using Millrace.Testing;

        var sink = new TestSink<string>();
        var source = new TestSource<string>();
        source.Add("hello");
        source.Add("packages");
        source.End();
        using (JobTestDriver driver = JobTestDriver.Start(env => env.FromSource(source, source.Watermarks).WithUid("words")
            .Map(text => text.ToUpperInvariant())
            .SinkTo(sink)))
        {
            driver.RunToEnd();
        }

        Console.WriteLine("driver: " + string.Join(' ', sink.Values));

        var counted = new TestSink<string>();
        var env = StreamExecutionEnvironment.GetExecutionEnvironment();
        env.FromElements("a", "b", "a")
            .KeyBy(text => text)
            .Reduce((left, right) => left + right)
            .SinkTo(counted);
        await env.ExecuteAsync("reduce");
        Console.WriteLine("runtime: " + string.Join(' ', counted.Values.Order()));

        // The native client is loaded with this.
        var properties = new Dictionary<string, string> { ["bootstrap.servers"] = "localhost:9", ["group.id"] = "my-group" };
        var upper = new StreamExecutionEnvironment();
        upper.AddSource(new FlinkKafkaConsumer<string>("my_topic", new SimpleStringSchema(), properties))
            .Map(text => text.ToUpperInvariant())
            .AddSink(new FlinkKafkaProducer<string>("my_topic_upper", new SimpleStringSchema(), properties));
        Console.WriteLine($"kafka: librdkafka {Library.VersionString}");
        """;

    [Fact]
    public async Task ShouldRunAJob_WhenAProgramReferencesThePackages()
    {
        string folder = feed.MakeFolder("consumer");
        WriteProject(folder, "Consumer", "Exe", "Millrace", "Millrace.Kafka", "Millrace.Testing");
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), Program);

        string build = await feed.InFolder(folder, "dotnet", "build", "-c", "Release", "-nologo", "-v", "minimal").RunAsync();
        string output = await feed.InFolder(folder, "dotnet", "bin/Release/net10.0/Consumer.dll").RunAsync();

        // The analyzer came along: Reduce keeps state and has no uid.
        Command.AssertSays("warning MR0001", build);
        Command.AssertSays("driver: HELLO PACKAGES", output);
        Command.AssertSays("runtime: a aa b", output);
        Command.AssertSays("kafka: librdkafka 2.", output);

        // No program of ASP.NET Core: the runtime alone has to do.
        string settings = await File.ReadAllTextAsync(Path.Combine(folder, "bin/Release/net10.0/Consumer.runtimeconfig.json"));
        Assert.DoesNotContain("AspNetCore", settings, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldCompile_WhenALibraryReferencesEveryPackage()
    {
        string folder = feed.MakeFolder("everything");
        WriteProject(
            folder,
            "Everything",
            "Library",
            "Millrace.AzureBlobs",
            "Millrace.DevBroker",
            "Millrace.Durable",
            "Millrace.Formats",
            "Millrace.Functions",
            "Millrace.Hosting",
            "Millrace.RocksDb",
            "Millrace.Testing"
        );
        await File.WriteAllTextAsync(
            Path.Combine(folder, "Types.cs"),
            """
            public static class Types
            {
                public static System.Type[] All =>
                [
                    typeof(Millrace.Api.IStreamJob),
                    typeof(Millrace.DevBroker.DevBroker),
                    typeof(Millrace.Functions.SourceFunction),
                    typeof(Millrace.RocksDb.RocksDbStateBackend),
                ];
            }
            """
        );

        await feed.InFolder(folder, "dotnet", "build", "-c", "Release", "-nologo", "-v", "minimal").RunAsync();
    }

    private void WriteProject(string folder, string name, string kind, params string[] packages) =>
        File.WriteAllText(
            Path.Combine(folder, name + ".csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <OutputType>{kind}</OutputType>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                {string.Concat(packages.Select(package => $"<PackageReference Include=\"{package}\" Version=\"{feed.Version}\" />"))}
              </ItemGroup>
            </Project>
            """
        );
}
