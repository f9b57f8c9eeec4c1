using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Millrace.Analyzers;

/// <summary>Which calls hand user functions to the engine.</summary>
internal static class OperatorCalls
{
    private static readonly HashSet<string> Namespaces = new(StringComparer.Ordinal)
    {
        "Millrace.Api",
        "Millrace.Time",
        "Millrace.Windows",
        "Millrace.Patterns",
    };

    /// <summary>The method that a lambda or method group is given to, if the engine runs it for records.</summary>
    public static IMethodSymbol? ReceiverOf(IOperation function)
    {
        IOperation? parent = function.Parent;
        while (parent is IDelegateCreationOperation or IConversionOperation or IParenthesizedOperation)
        {
            parent = parent.Parent;
        }

        IMethodSymbol? method = (parent as IArgumentOperation)?.Parent switch
        {
            IInvocationOperation invocation => invocation.TargetMethod,
            IObjectCreationOperation creation => creation.Constructor,
            _ => null,
        };
        return method is not null && IsOfTheApi(method) ? method : null;
    }

    public static bool IsOfTheApi(IMethodSymbol method) =>
        string.Equals(method.ContainingAssembly?.Name, "Millrace", StringComparison.Ordinal)
        && Namespaces.Contains(method.ContainingNamespace.ToDisplayString());

    public static string NameOf(IMethodSymbol method) =>
        method.MethodKind == MethodKind.Constructor ? method.ContainingType.Name : method.Name;

    public static IOperation RootOf(IOperation operation)
    {
        IOperation root = operation;
        while (root.Parent is { } parent)
        {
            root = parent;
        }

        return root;
    }
}
