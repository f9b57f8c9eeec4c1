using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Millrace.Analyzers;

/// <summary>MR0001: a source, a stateful operator or an exactly-once sink whose uid is left to chance.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class MissingUidAnalyzer : DiagnosticAnalyzer
{
    private static readonly HashSet<string> StatefulTypes = new(StringComparer.Ordinal)
    {
        "WindowedStream",
        "AllWindowedStream",
        "KeyedStream",
        "ConnectedKeyedStreams",
        "BroadcastConnectedStream",
        "KeyedBroadcastConnectedStream",
        "JoinedWindowedStreams",
        "IntervalJoined",
        "TemporalJoin",
        "AsyncDataStream",
        "PatternStream",
    };

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Descriptors.MissingUid];

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (KnownTypes.In(start.Compilation) is { } known)
            {
                start.RegisterOperationAction(operation => Analyze(operation, known), OperationKind.Invocation);
            }
        });
    }

    private static void Analyze(OperationAnalysisContext context, KnownTypes known)
    {
        IInvocationOperation invocation = (IInvocationOperation)context.Operation;
        if (
            !OperatorCalls.IsOfTheApi(invocation.TargetMethod)
            || !known.TakesUid(invocation.Type)
            || !KeepsState(invocation)
            || MayHaveUid(invocation, known)
        )
        {
            return;
        }

        SyntaxNode place = (invocation.Syntax as InvocationExpressionSyntax)?.Expression switch
        {
            MemberAccessExpressionSyntax access => access.Name,
            MemberBindingExpressionSyntax binding => binding.Name,
            _ => invocation.Syntax,
        };
        context.ReportDiagnostic(Diagnostic.Create(Descriptors.MissingUid, place.GetLocation(), invocation.TargetMethod.Name));
    }

    private static bool KeepsState(IInvocationOperation invocation) =>
        (invocation.TargetMethod.ContainingType.Name, invocation.TargetMethod.Name) switch
        {
            ("StreamExecutionEnvironment", "FromSource" or "AddSource") => true,
            ("DataStream", "SinkTo" or "AddSink") => invocation.Arguments.Any(argument => IsExactlyOnce(argument.Value)),
            (string type, _) => StatefulTypes.Contains(type),
        };

    private static bool IsExactlyOnce(IOperation sink) =>
        sink.DescendantsAndSelf()
            .Any(operation =>
                operation switch
                {
                    IFieldReferenceOperation { Field: { Name: "ExactlyOnce", ContainingType.TypeKind: TypeKind.Enum } } => true,
                    ILocalReferenceOperation { Local: var local } => OperatorCalls
                        .RootOf(sink)
                        .Descendants()
                        .OfType<IVariableDeclaratorOperation>()
                        .Any(declarator =>
                            SymbolEqualityComparer.Default.Equals(declarator.Symbol, local)
                            && declarator.Initializer is { } initializer
                            && !initializer.Syntax.Span.Contains(sink.Syntax.Span)
                            && IsExactlyOnce(initializer.Value)
                        ),
                    _ => false,
                }
            );

    /// <summary>Follows the result to where it is named, or to where others could still name it.</summary>
    private static bool MayHaveUid(IOperation call, KnownTypes known)
    {
        IOperation current = call;
        while (true)
        {
            switch (current.Parent)
            {
                case IInvocationOperation { Instance: { } instance } next
                    when instance == current
                        && known.TakesUid(next.TargetMethod.ContainingType)
                        && known.TakesUid(next.Type)
                        && IsSetter(next):
                    if (string.Equals(next.TargetMethod.Name, "WithUid", StringComparison.Ordinal))
                    {
                        return true;
                    }

                    current = next;
                    break;
                case IConversionOperation conversion:
                    if (!known.TakesUid(conversion.Type))
                    {
                        return false;
                    }

                    current = conversion;
                    break;
                case IParenthesizedOperation parenthesized:
                    current = parenthesized;
                    break;
                case IVariableInitializerOperation { Parent: IVariableDeclaratorOperation declarator }:
                    return LocalMayHaveUid(declarator.Symbol, call, known);
                case ISimpleAssignmentOperation { Target: ILocalReferenceOperation target }:
                    return LocalMayHaveUid(target.Local, call, known);
                case ISimpleAssignmentOperation { Target: IDiscardOperation }:
                case IExpressionStatementOperation:
                case IInvocationOperation:
                    return false;
                default:
                    return true;
            }
        }
    }

    private static bool IsSetter(IInvocationOperation call) =>
        call.TargetMethod.Name is "WithUid" or "WithName" or "SetParallelism" or "StartNewChain";

    private static bool LocalMayHaveUid(ILocalSymbol local, IOperation call, KnownTypes known) =>
        known.TakesUid(local.Type)
        && OperatorCalls
            .RootOf(call)
            .Descendants()
            .OfType<ILocalReferenceOperation>()
            .Any(reference =>
                SymbolEqualityComparer.Default.Equals(reference.Local, local)
                && reference.Parent is not ISimpleAssignmentOperation { Target: ILocalReferenceOperation }
                && MayHaveUid(reference, known)
            );
}
