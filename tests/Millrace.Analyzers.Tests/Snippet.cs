using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace Millrace.Analyzers.Tests;

/// <summary>A file of a job, compiled against the real API.</summary>
internal sealed class Snippet
{
    private const string Usings = """
        using System;
        using System.Collections.Generic;
        using System.Threading;
        using System.Threading.Tasks;
        using Millrace.Api;
        using Millrace.Connectors;
        using Millrace.Kafka;
        using Millrace.Patterns;
        using Millrace.UserFunctions;
        using Millrace.Windows;

        public sealed record Item(string Key, long Value);


        """;

    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Select(path => (MetadataReference)MetadataReference.CreateFromFile(path)),
    ];

    private readonly Document _document;

    private Snippet(Document document) => _document = document;

    /// <summary>Statements in a method that has an environment <c>env</c> and a stream <c>items</c>.</summary>
    public static Snippet OfJob(string statements) =>
        OfFile(
            $$"""
            public static class Job
            {
                public static void Build(StreamExecutionEnvironment env, SingleOutputStreamOperator<Item> items, ISink<Item> sink, long size)
                {
                    {{statements.ReplaceLineEndings("\n        ")}}
                }
            }
            """
        );

    public static Snippet OfFile(string declarations)
    {
        AdhocWorkspace workspace = new();
        Project project = workspace
            .AddProject("Job", LanguageNames.CSharp)
            .WithCompilationOptions(
                new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable)
            )
            .WithParseOptions(new CSharpParseOptions(LanguageVersion.Latest))
            .WithMetadataReferences(References);
        return new Snippet(project.AddDocument("Job.cs", SourceText.From((Usings + declarations).ReplaceLineEndings("\n"))));
    }

    public async Task<string> TextAsync() => (await _document.GetTextAsync()).ToString();

    /// <summary>The findings as <c>id text</c>, in the order of the file.</summary>
    public async Task<string[]> FindingsAsync(DiagnosticAnalyzer analyzer)
    {
        Diagnostic[] diagnostics = await DiagnosticsAsync(analyzer);
        SourceText text = await _document.GetTextAsync();
        return [.. diagnostics.Select(diagnostic => diagnostic.Id + " " + text.ToString(diagnostic.Location.SourceSpan))];
    }

    public async Task<Diagnostic[]> DiagnosticsAsync(DiagnosticAnalyzer analyzer)
    {
        Compilation compilation = (await _document.Project.GetCompilationAsync())!;
        Diagnostic[] errors = [.. compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)];
        Assert.True(
            errors.Length == 0,
            $"The snippet does not compile:\n{string.Join('\n', errors.Select(error => error.ToString()))}\n{await TextAsync()}"
        );
        ImmutableArray<Diagnostic> found = await compilation
            .WithAnalyzers(
                [analyzer],
                new CompilationWithAnalyzersOptions(
                    new AnalyzerOptions([]),
                    onAnalyzerException: null,
                    concurrentAnalysis: true,
                    logAnalyzerExecutionTime: false
                )
            )
            .GetAnalyzerDiagnosticsAsync();
        return [.. found.OrderBy(diagnostic => diagnostic.Location.SourceSpan.Start)];
    }

    /// <summary>Titles of the fixes of the first finding.</summary>
    public async Task<string[]> FixesAsync(DiagnosticAnalyzer analyzer, CodeFixProvider provider) =>
        [.. (await ActionsAsync(analyzer, provider)).Select(action => action.Title)];

    /// <summary>The file after a fix of the first finding.</summary>
    public async Task<Snippet> FixAsync(DiagnosticAnalyzer analyzer, CodeFixProvider provider, int fix = 0)
    {
        CodeAction action = (await ActionsAsync(analyzer, provider))[fix];
        ApplyChangesOperation change = Assert.Single(
            (await action.GetOperationsAsync(CancellationToken.None)).OfType<ApplyChangesOperation>()
        );
        return new Snippet(change.ChangedSolution.GetDocument(_document.Id)!);
    }

    private async Task<List<CodeAction>> ActionsAsync(DiagnosticAnalyzer analyzer, CodeFixProvider provider)
    {
        Diagnostic diagnostic = (await DiagnosticsAsync(analyzer))[0];
        List<CodeAction> actions = new();
        await provider.RegisterCodeFixesAsync(
            new CodeFixContext(_document, diagnostic, (action, _) => actions.Add(action), CancellationToken.None)
        );
        return actions;
    }
}
