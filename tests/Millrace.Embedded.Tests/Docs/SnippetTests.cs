using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Millrace.Api;
using Millrace.Kafka;
using Xunit;

namespace Millrace.Embedded.Tests.Docs;

/// <summary>What the documents show must compile.</summary>
public sealed partial class SnippetTests
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using "
        + "System.Threading; global using System.Threading.Tasks;";

    private const int MostLines = 15;

    public static TheoryData<string, int> Snippets
    {
        get
        {
            TheoryData<string, int> all = [];
            foreach (
                string file in (string[])["README.md", "docs/article.md", "docs/joins.md", "docs/offline-state.md", "docs/patterns.md"]
            )
            {
                for (int i = 0; i < Read(file).Length; i++)
                {
                    all.Add(file, i);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Snippets))]
    public void ShouldCompile_WhenShownInADocument(string file, int number)
    {
        string snippet = Read(file)[number];
        bool isProgram = !snippet.Contains("class ", StringComparison.Ordinal);
        CSharpParseOptions options = new(LanguageVersion.Latest);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Snippet",
            [CSharpSyntaxTree.ParseText(ImplicitUsings, options), CSharpSyntaxTree.ParseText(snippet, options)],
            References(),
            new CSharpCompilationOptions(
                isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable
            )
        );

        // The generator of System.Text.Json belongs to the snippet's build as to any other.
        GeneratorDriver generators = CSharpGeneratorDriver.Create(JsonGenerators(), parseOptions: options);
        generators.RunGeneratorsAndUpdateCompilation(compilation, out Compilation complete, out _);
        Diagnostic[] errors = [.. complete.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)];
        Assert.True(errors.Length == 0, $"{file}, snippet {number}:\n{string.Join('\n', errors.Select(error => error.ToString()))}");
    }

    [Fact]
    public void ShouldBeAtMost15Lines_WhenSnippetIsTheArticles()
    {
        string snippet = Assert.Single(Read("README.md"), text => text.Contains("FlinkKafkaConsumer", StringComparison.Ordinal));
        Assert.InRange(snippet.Split('\n').Count(line => line.Trim().Length > 0), 1, MostLines);
    }

    private static string[] Read(string file) =>
        [.. Fenced().Matches(File.ReadAllText(Path.Combine(Repository.Root, file))).Select(match => match.Groups["code"].Value)];

    private static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Concat([typeof(StreamExecutionEnvironment).Assembly.Location, typeof(KafkaSource).Assembly.Location])
            .DistinctBy(Path.GetFileName, StringComparer.Ordinal)
            .Select(path => MetadataReference.CreateFromFile(path));

    // The reference pack, which holds the generator, lies beside the shared framework or in the package folder; its version is that of the
    // SDK.
    private static IEnumerable<ISourceGenerator> JsonGenerators()
    {
        string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(JsonSerializer).Assembly.Location)!, "..", "..", ".."));
        string? generator = Directory
            .EnumerateFiles(root, "System.Text.Json.SourceGeneration.dll", new EnumerationOptions { RecurseSubdirectories = true })
            .OrderDescending(StringComparer.Ordinal)
            .FirstOrDefault(path => path.Contains("Microsoft.NETCore.App.Ref", StringComparison.Ordinal));
        Assert.True(generator is not null, $"No System.Text.Json.SourceGeneration.dll under {root}; is this a complete SDK?");
        return System
            .Reflection.Assembly.LoadFrom(generator)
            .GetTypes()
            .Where(type => !type.IsAbstract && typeof(IIncrementalGenerator).IsAssignableFrom(type))
            .Select(type => ((IIncrementalGenerator)Activator.CreateInstance(type)!).AsSourceGenerator());
    }

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Fenced();
}
