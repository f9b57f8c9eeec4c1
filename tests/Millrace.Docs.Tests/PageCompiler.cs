using System.Reflection;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Millrace.Docs.Tests;

/// <summary>
/// Compiles the blocks of pages, each as a file of a project of its own: statements, then types. Names that the text of a page only
/// mentions come from <c>Preludes/PAGE.cs</c>, a second file of that project: global usings, and members and types of a class
/// <c>Prelude</c>, which a block's own hide.
/// </summary>
internal static class PageCompiler
{
    // Those of the SDK.
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.Latest);

    // Programs and libraries have one set of references, so that each assembly is read once.
    private static readonly CSharpCompilation Empty = CSharpCompilation.Create(
        "Page",
        [CSharpSyntaxTree.ParseText(ImplicitUsings, ParseOptions)],
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
        new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable)
    );

    private static readonly Lazy<GeneratorDriver> Generators = new(() =>
        CSharpGeneratorDriver.Create(JsonGenerators(), parseOptions: ParseOptions)
    );

    /// <summary>Folder of the preludes.</summary>
    public static string Preludes { get; } = Path.Combine(AppContext.BaseDirectory, "Preludes");

    /// <summary>Errors and warnings of a page's blocks, as <c>page:line: id message</c>.</summary>
    public static IReadOnlyList<string> ErrorsOf(Page page)
    {
        string prelude = Path.Combine(Preludes, Path.GetFileNameWithoutExtension(page.Name) + ".cs");
        CSharpCompilation common = File.Exists(prelude)
            ? Empty.AddSyntaxTrees(CSharpSyntaxTree.ParseText(File.ReadAllText(prelude), ParseOptions, prelude))
            : Empty;
        return [.. page.Blocks.SelectMany(block => Compile(common, page, block)).Distinct(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Compile(CSharpCompilation common, Page page, Block block)
    {
        SyntaxTree code = CSharpSyntaxTree.ParseText($"#line {block.Line} \"{page.Name}\"\n{block.Code}\n", ParseOptions, page.Name);
        OutputKind kind = code.GetCompilationUnitRoot().Members.Any(member => member is GlobalStatementSyntax)
            ? OutputKind.ConsoleApplication
            : OutputKind.DynamicallyLinkedLibrary;
        Compilation compilation = common.WithOptions(common.Options.WithOutputKind(kind)).AddSyntaxTrees(code);
        if (block.Code.Contains(nameof(System.Text.Json.Serialization.JsonSerializerContext), StringComparison.Ordinal))
        {
            Generators.Value.RunGeneratorsAndUpdateCompilation(compilation, out compilation, out _);
        }

        return compilation
            .GetDiagnostics()
            .Where(found => found.Severity >= DiagnosticSeverity.Warning)
            .OrderBy(found => found.Location.SourceSpan.Start)
            .Select(TextOf);
    }

    private static string TextOf(Diagnostic found)
    {
        FileLinePositionSpan place = found.Location.GetMappedLineSpan();
        return $"{place.Path}:{place.StartLinePosition.Line + 1}: {found.Id} {found.GetMessage()}";
    }

    // The generator of System.Text.Json belongs to a block's build as to any other. The reference pack, which holds it, lies beside the
    // shared framework; its version is that of the SDK.
    private static IEnumerable<ISourceGenerator> JsonGenerators()
    {
        string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(JsonSerializer).Assembly.Location)!, "..", "..", ".."));
        string generator =
            Directory
                .EnumerateFiles(
                    Path.Combine(root, "packs", "Microsoft.NETCore.App.Ref"),
                    "System.Text.Json.SourceGeneration.dll",
                    SearchOption.AllDirectories
                )
                .Max(StringComparer.Ordinal)
            ?? throw new InvalidOperationException($"No System.Text.Json.SourceGeneration.dll under '{root}'; is this a complete SDK?");
        return Assembly
            .LoadFrom(generator)
            .GetTypes()
            .Where(type => !type.IsAbstract && typeof(IIncrementalGenerator).IsAssignableFrom(type))
            .Select(type => ((IIncrementalGenerator)Activator.CreateInstance(type)!).AsSourceGenerator());
    }
}
