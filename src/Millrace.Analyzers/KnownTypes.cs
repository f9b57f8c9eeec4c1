using Microsoft.CodeAnalysis;

namespace Millrace.Analyzers;

/// <summary>The types of the API that the rules speak of, in one compilation.</summary>
internal sealed class KnownTypes
{
    private static readonly string[] FunctionTypes =
    [
        "Millrace.UserFunctions.RichFunction",
        "Millrace.Windows.IAggregateFunction`3",
        "Millrace.Windows.Trigger`2",
        "Millrace.Windows.Evictor`2",
        "Millrace.Windows.WindowAssigner`2",
    ];

    private readonly INamedTypeSymbol _operator;
    private readonly INamedTypeSymbol? _sink;
    private readonly INamedTypeSymbol? _asyncFunction;
    private readonly INamedTypeSymbol[] _functions;

    private KnownTypes(Compilation compilation, INamedTypeSymbol operatorType)
    {
        _operator = operatorType;
        _sink = compilation.GetTypeByMetadataName("Millrace.Api.DataStreamSink`1");
        _asyncFunction = compilation.GetTypeByMetadataName("Millrace.UserFunctions.IAsyncFunction`2");
        _functions = [.. FunctionTypes.Select(compilation.GetTypeByMetadataName).OfType<INamedTypeSymbol>()];
    }

    /// <summary><see langword="null"/> if the compilation does not use Millrace.</summary>
    public static KnownTypes? In(Compilation compilation) =>
        compilation.GetTypeByMetadataName("Millrace.Api.SingleOutputStreamOperator`1") is { } operatorType
            ? new KnownTypes(compilation, operatorType)
            : null;

    /// <summary>Whether a value of the type can be given a uid.</summary>
    public bool TakesUid(ITypeSymbol? type)
    {
        for (ITypeSymbol? t = type; t is not null; t = t.BaseType)
        {
            if (Same(t, _operator) || Same(t, _sink))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the type is a user function. Asynchronous functions are not: they ask the world outside by design.</summary>
    public bool IsFunction(INamedTypeSymbol type)
    {
        if (type.AllInterfaces.Any(i => Same(i, _asyncFunction)))
        {
            return false;
        }

        for (INamedTypeSymbol? t = type; t is not null; t = t.BaseType)
        {
            if (_functions.Any(function => Same(t, function)))
            {
                return true;
            }
        }

        return type.AllInterfaces.Any(i => _functions.Any(function => Same(i, function)));
    }

    private static bool Same(ITypeSymbol type, INamedTypeSymbol? other) =>
        SymbolEqualityComparer.Default.Equals(type.OriginalDefinition, other);
}
