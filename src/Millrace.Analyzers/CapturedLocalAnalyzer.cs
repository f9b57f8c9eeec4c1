using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace Millrace.Analyzers;

/// <summary>
/// MR0003: a lambda given to an operator that captures a local or parameter which is assigned in it, or after it was made.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class CapturedLocalAnalyzer : DiagnosticAnalyzer
{
    /// <summary>Set on a diagnostic whose variable is assigned by the lambda itself: no copy can replace it.</summary>
    public const string AssignedInside = nameof(AssignedInside);

    private static readonly ImmutableDictionary<string, string?> Inside = ImmutableDictionary<string, string?>.Empty.Add(
        AssignedInside,
        "true"
    );

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Descriptors.CapturedLocal];

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (KnownTypes.In(start.Compilation) is not null)
            {
                start.RegisterOperationAction(Analyze, OperationKind.AnonymousFunction);
            }
        });
    }

    private static void Analyze(OperationAnalysisContext context)
    {
        IAnonymousFunctionOperation lambda = (IAnonymousFunctionOperation)context.Operation;
        if (OperatorCalls.ReceiverOf(lambda) is not { } receiver)
        {
            return;
        }

        TextSpan span = lambda.Syntax.Span;
        IOperation? root = null;
        HashSet<ISymbol> seen = new(SymbolEqualityComparer.Default);
        foreach (IOperation use in lambda.Descendants())
        {
            if (VariableOf(use) is not { } variable || IsDeclaredIn(variable, span) || !seen.Add(variable))
            {
                continue;
            }

            root ??= OperatorCalls.RootOf(lambda);
            IOperation[] writes =
            [
                .. root.Descendants()
                    .Where(other => SymbolEqualityComparer.Default.Equals(VariableOf(other), variable) && IsWritten(other)),
            ];
            bool inside = writes.Any(write => span.Contains(write.Syntax.Span));
            if (inside || writes.Any(write => write.Syntax.SpanStart > span.End || AreInOneLoop(write, lambda, variable)))
            {
                context.ReportDiagnostic(
                    Diagnostic.Create(
                        Descriptors.CapturedLocal,
                        use.Syntax.GetLocation(),
                        [lambda.Syntax.GetLocation()],
                        inside ? Inside : null,
                        OperatorCalls.NameOf(receiver),
                        variable.Name,
                        inside ? "in it" : "after it was made"
                    )
                );
            }
        }
    }

    private static ISymbol? VariableOf(IOperation operation) =>
        operation switch
        {
            ILocalReferenceOperation { Local.IsConst: false, IsDeclaration: false } reference => reference.Local,
            IParameterReferenceOperation reference => reference.Parameter,
            _ => null,
        };

    private static bool IsDeclaredIn(ISymbol variable, TextSpan span) =>
        variable.DeclaringSyntaxReferences.Any(reference => span.Contains(reference.Span));

    private static bool IsWritten(IOperation reference)
    {
        IOperation target = reference;
        while (target.Parent is ITupleOperation or IParenthesizedOperation)
        {
            target = target.Parent;
        }

        return target.Parent switch
        {
            IAssignmentOperation assignment => assignment.Target == target,
            IIncrementOrDecrementOperation => true,
            IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } => true,
            _ => false,
        };
    }

    /// <summary>
    /// Whether a loop comes back to an assignment that stands before the lambda, of a variable that is not new in each round.
    /// </summary>
    private static bool AreInOneLoop(IOperation write, IOperation lambda, ISymbol variable)
    {
        for (IOperation? operation = lambda.Parent; operation is not null; operation = operation.Parent)
        {
            if (
                operation is ILoopOperation loop
                && loop.Syntax.Span.Contains(write.Syntax.Span)
                && !IsDeclaredIn(variable, loop.Body.Syntax.Span)
            )
            {
                return true;
            }
        }

        return false;
    }
}
