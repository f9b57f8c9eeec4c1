using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;

namespace Millrace.Analyzers;

/// <summary>
/// Takes the time from the context where the function is given one. Random values have no replacement that is right in general, and so no
/// fix.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
internal sealed class NondeterminismCodeFix : CodeFixProvider
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Descriptors.Nondeterminism.Id];

    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        SyntaxNode? root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        SemanticModel? model = await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false);
        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            if (
                root?.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) is not MemberAccessExpressionSyntax access
                || model?.GetSymbolInfo(access, context.CancellationToken).Symbol is not IPropertySymbol property
                || ClockTemplate($"{property.ContainingType.Name}.{property.Name}") is not { } template
            )
            {
                continue;
            }

            IParameterSymbol[] parameters = [.. ParametersAt(access, model)];
            Offer(
                "Use the processing time of the context",
                "CurrentProcessingTime",
                Path(parameters, "CurrentProcessingTime", "TimerService.CurrentProcessingTime")
            );
            Offer("Use the record's timestamp (event time)", "Timestamp", Path(parameters, "Timestamp"));

            void Offer(string title, string key, string? milliseconds)
            {
                if (milliseconds is null)
                {
                    return;
                }

                ExpressionSyntax replacement = SyntaxFactory
                    .ParseExpression(template.Replace("$", milliseconds))
                    .WithTriviaFrom(access)
                    .WithAdditionalAnnotations(Formatter.Annotation);
                replacement = replacement.ReplaceNodes(
                    replacement.DescendantNodes().OfType<MemberAccessExpressionSyntax>(),
                    (_, node) => node.WithAdditionalAnnotations(Simplifier.Annotation)
                );
                context.RegisterCodeFix(
                    CodeAction.Create(
                        title,
                        _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(access, replacement))),
                        Descriptors.Nondeterminism.Id + key
                    ),
                    diagnostic
                );
            }
        }
    }

    private static string? ClockTemplate(string member) =>
        member switch
        {
            "DateTimeOffset.UtcNow" => "System.DateTimeOffset.FromUnixTimeMilliseconds($)",
            "DateTimeOffset.Now" => "System.DateTimeOffset.FromUnixTimeMilliseconds($).ToLocalTime()",
            "DateTime.UtcNow" => "System.DateTimeOffset.FromUnixTimeMilliseconds($).UtcDateTime",
            "DateTime.Now" => "System.DateTimeOffset.FromUnixTimeMilliseconds($).LocalDateTime",
            "DateTime.Today" => "System.DateTimeOffset.FromUnixTimeMilliseconds($).LocalDateTime.Date",
            "Environment.TickCount64" => "$",
            "Environment.TickCount" => "unchecked((int)$)",
            _ => null,
        };

    /// <summary>Parameters of the functions around a place, the innermost first.</summary>
    private static IEnumerable<IParameterSymbol> ParametersAt(SyntaxNode place, SemanticModel model) =>
        from node in place.Ancestors()
        let method = node switch
        {
            AnonymousFunctionExpressionSyntax => model.GetSymbolInfo(node).Symbol,
            LocalFunctionStatementSyntax or MethodDeclarationSyntax => model.GetDeclaredSymbol(node),
            _ => null,
        } as IMethodSymbol
        where method is not null
        from parameter in method.Parameters
        select parameter;

    private static string? Path(IParameterSymbol[] parameters, params string[] paths) =>
        (
            from parameter in parameters
            where
                parameter.Type.ContainingNamespace is { } space && space.ToDisplayString().StartsWith("Millrace.", StringComparison.Ordinal)
            from path in paths
            where Has(parameter.Type, path.Split('.'))
            select parameter.Name + "." + path
        ).FirstOrDefault();

    private static bool Has(ITypeSymbol type, string[] path)
    {
        ITypeSymbol current = type;
        foreach (string name in path)
        {
            IPropertySymbol? property = new[] { current }
                .Concat(current.AllInterfaces)
                .SelectMany(t => t.GetMembers(name))
                .OfType<IPropertySymbol>()
                .FirstOrDefault();
            if (property is null)
            {
                return false;
            }

            current = property.Type;
        }

        return current.SpecialType == SpecialType.System_Int64;
    }
}
