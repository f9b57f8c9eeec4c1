using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace Millrace.Analyzers;

/// <summary>
/// Captures a copy that is never assigned. What the lambda itself assigns is state and belongs in a process function: no fix.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
internal sealed class CapturedLocalCodeFix : CodeFixProvider
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Descriptors.CapturedLocal.Id];

    public override FixAllProvider? GetFixAllProvider() => null;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        SyntaxNode? root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        SemanticModel? model = await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false);
        foreach (Diagnostic diagnostic in context.Diagnostics.Where(d => !d.Properties.ContainsKey(CapturedLocalAnalyzer.AssignedInside)))
        {
            if (
                root is null
                || model is null
                || root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true) is not IdentifierNameSyntax use
                || root.FindNode(diagnostic.AdditionalLocations[0].SourceSpan, getInnermostNodeForTie: true)
                    is not AnonymousFunctionExpressionSyntax lambda
                || lambda.FirstAncestorOrSelf<StatementSyntax>() is not { Parent: BlockSyntax or SwitchSectionSyntax } statement
                || model.GetSymbolInfo(use, context.CancellationToken).Symbol is not { } variable
            )
            {
                continue;
            }

            string copy = NameOfCopy(variable.Name, model, lambda);
            context.RegisterCodeFix(
                CodeAction.Create(
                    $"Capture a copy: {copy}",
                    _ => Task.FromResult(context.Document.WithSyntaxRoot(WithCopy(root, statement, lambda, variable, copy, model))),
                    Descriptors.CapturedLocal.Id
                ),
                diagnostic
            );
        }
    }

    private static string NameOfCopy(string name, SemanticModel model, AnonymousFunctionExpressionSyntax lambda)
    {
        string start = "captured" + char.ToUpperInvariant(name[0]) + name.Substring(1);
        string copy = start;
        for (int i = 2; model.LookupSymbols(lambda.Body.SpanStart, name: copy).Length > 0; i++)
        {
            copy = start + i.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return copy;
    }

    private static SyntaxNode WithCopy(
        SyntaxNode root,
        StatementSyntax statement,
        AnonymousFunctionExpressionSyntax lambda,
        ISymbol variable,
        string copy,
        SemanticModel model
    )
    {
        IEnumerable<IdentifierNameSyntax> uses = lambda
            .DescendantNodes()
            .OfType<IdentifierNameSyntax>()
            .Where(name => SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name).Symbol, variable));
        StatementSyntax changed = statement.ReplaceNodes(
            uses,
            (original, _) => SyntaxFactory.IdentifierName(copy).WithTriviaFrom(original)
        );
        StatementSyntax declaration = SyntaxFactory
            .ParseStatement($"var {copy} = {variable.Name};")
            .WithLeadingTrivia(statement.GetLeadingTrivia())
            .WithTrailingTrivia(SyntaxFactory.ElasticCarriageReturnLineFeed)
            .WithAdditionalAnnotations(Formatter.Annotation);
        SyntaxTriviaList indent = SyntaxFactory.TriviaList(
            statement.GetLeadingTrivia().Reverse().TakeWhile(trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia))
        );
        return root.ReplaceNode(statement, [declaration, changed.WithLeadingTrivia(indent)]);
    }
}
