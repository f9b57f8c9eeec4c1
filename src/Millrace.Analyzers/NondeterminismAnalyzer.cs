using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Millrace.Analyzers;

/// <summary>
/// MR0002: the clock or random values in a lambda given to an operator, in a class of functions, or in a method of the same type given to
/// an operator.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class NondeterminismAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Descriptors.Nondeterminism];

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (KnownTypes.In(start.Compilation) is { } known)
            {
                start.RegisterSymbolStartAction(
                    type => new TypeAnalysis((INamedTypeSymbol)type.Symbol, known).Register(type),
                    SymbolKind.NamedType
                );
            }
        });
    }

    private sealed class TypeAnalysis(INamedTypeSymbol type, KnownTypes known)
    {
        private readonly bool _isFunction = known.IsFunction(type);
        private readonly ConcurrentBag<(IMethodSymbol Method, Location Location, string Member)> _found = [];
        private readonly ConcurrentDictionary<ISymbol, string> _given = new(SymbolEqualityComparer.Default);

        public void Register(SymbolStartAnalysisContext context)
        {
            context.RegisterOperationAction(
                Analyze,
                OperationKind.PropertyReference,
                OperationKind.Invocation,
                OperationKind.ObjectCreation,
                OperationKind.MethodReference
            );
            context.RegisterSymbolEndAction(End);
        }

        private void Analyze(OperationAnalysisContext context)
        {
            // A nested type is analyzed on its own.
            if (
                !SymbolEqualityComparer.Default.Equals(
                    context.ContainingSymbol as INamedTypeSymbol ?? context.ContainingSymbol.ContainingType,
                    type
                )
            )
            {
                return;
            }

            IMethodSymbol? receiver = context.Operation is IMethodReferenceOperation reference ? OperatorCalls.ReceiverOf(reference) : null;
            if (receiver is not null)
            {
                _given.TryAdd(((IMethodReferenceOperation)context.Operation).Method.OriginalDefinition, OperatorCalls.NameOf(receiver));
            }

            if (NondeterministicMembers.NameOf(context.Operation) is not { } member)
            {
                return;
            }

            Location location = context.Operation.Syntax.GetLocation();
            if (receiver is not null)
            {
                context.ReportDiagnostic(Create(location, member, OperatorCalls.NameOf(receiver)));
                return;
            }

            for (IOperation? operation = context.Operation; operation is not null; operation = operation.Parent)
            {
                if (operation is IAnonymousFunctionOperation lambda && OperatorCalls.ReceiverOf(lambda) is { } method)
                {
                    context.ReportDiagnostic(Create(location, member, OperatorCalls.NameOf(method)));
                    return;
                }

                if (operation is ILocalFunctionOperation local)
                {
                    _found.Add((local.Symbol, location, member));
                }
            }

            if (_isFunction)
            {
                context.ReportDiagnostic(Create(location, member, type.Name));
            }
            else if (context.ContainingSymbol is IMethodSymbol containing)
            {
                _found.Add((containing.OriginalDefinition, location, member));
            }
        }

        private void End(SymbolAnalysisContext context)
        {
            foreach ((IMethodSymbol method, Location location, string member) in _found)
            {
                if (!_isFunction && _given.TryGetValue(method.OriginalDefinition, out string? receiver))
                {
                    context.ReportDiagnostic(Create(location, member, receiver));
                }
            }
        }

        private static Diagnostic Create(Location location, string member, string function) =>
            Diagnostic.Create(Descriptors.Nondeterminism, location, member, function);
    }
}
