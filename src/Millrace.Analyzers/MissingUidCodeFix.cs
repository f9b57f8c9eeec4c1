using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Millrace.Analyzers;

/// <summary>Adds <c>.WithUid("...")</c>. There is no fix for all at once: uids made apart from each other could be the same.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
internal sealed class MissingUidCodeFix : CodeFixProvider
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Descriptors.MissingUid.Id];

    public override FixAllProvider? GetFixAllProvider() => null;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        SyntaxNode? root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            if (
                root?.FindNode(diagnostic.Location.SourceSpan).FirstAncestorOrSelf<InvocationExpressionSyntax>()
                is not { Expression: MemberAccessExpressionSyntax access } call
            )
            {
                continue;
            }

            string uid = UidNames.For(call, root);
            context.RegisterCodeFix(
                CodeAction.Create(
                    $"Add .WithUid(\"{uid}\")",
                    _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(call, WithUid(call, access, uid)))),
                    equivalenceKey: Descriptors.MissingUid.Id
                ),
                diagnostic
            );
        }
    }

    private static InvocationExpressionSyntax WithUid(InvocationExpressionSyntax call, MemberAccessExpressionSyntax access, string uid)
    {
        SyntaxTriviaList lineEnd = access.Expression.GetTrailingTrivia();
        bool onItsOwnLine = lineEnd.Any(trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia));
        InvocationExpressionSyntax inner = onItsOwnLine
            ? call.WithTrailingTrivia(lineEnd.Where(trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia)))
            : call.WithoutTrailingTrivia();
        SyntaxToken dot = SyntaxFactory.Token(SyntaxKind.DotToken);
        if (onItsOwnLine)
        {
            dot = dot.WithLeadingTrivia(access.OperatorToken.LeadingTrivia.Where(trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia)));
        }

        ArgumentSyntax argument = SyntaxFactory.Argument(
            SyntaxFactory.LiteralExpression(SyntaxKind.StringLiteralExpression, SyntaxFactory.Literal(uid))
        );
        return SyntaxFactory
            .InvocationExpression(
                SyntaxFactory.MemberAccessExpression(
                    SyntaxKind.SimpleMemberAccessExpression,
                    inner,
                    dot,
                    SyntaxFactory.IdentifierName("WithUid")
                ),
                SyntaxFactory.ArgumentList(SyntaxFactory.SingletonSeparatedList(argument))
            )
            .WithTrailingTrivia(call.GetTrailingTrivia());
    }
}
