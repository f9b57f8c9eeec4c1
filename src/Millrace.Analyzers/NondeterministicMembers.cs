using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Millrace.Analyzers;

/// <summary>What gives another value each time it is asked.</summary>
internal static class NondeterministicMembers
{
    private static readonly HashSet<string> Members = new(StringComparer.Ordinal)
    {
        "System.DateTime.Now",
        "System.DateTime.UtcNow",
        "System.DateTime.Today",
        "System.DateTimeOffset.Now",
        "System.DateTimeOffset.UtcNow",
        "System.Environment.TickCount",
        "System.Environment.TickCount64",
        "System.TimeProvider.System",
        "System.Random.Shared",
        "System.Guid.NewGuid",
        "System.Guid.CreateVersion7",
        "System.Diagnostics.Stopwatch.GetTimestamp",
        "System.Diagnostics.Stopwatch.StartNew",
    };

    /// <summary>The member's name as people write it, or <see langword="null"/> if the operation is deterministic.</summary>
    public static string? NameOf(IOperation operation) =>
        operation switch
        {
            IPropertyReferenceOperation { Property: { IsStatic: true } property } => Known(property),
            IInvocationOperation { TargetMethod: { IsStatic: true } method } => Known(method),
            IMethodReferenceOperation { Method: { IsStatic: true } method } => Known(method),
            IObjectCreationOperation { Arguments.IsEmpty: true, Type: { Name: "Random" } type } when IsIn(type, "System") => "new Random()",
            _ => null,
        };

    private static string? Known(ISymbol member)
    {
        INamedTypeSymbol type = member.ContainingType;
        bool known = IsIn(type, "System.Security.Cryptography")
            ? type.Name is "RandomNumberGenerator"
            : (IsIn(type, "System") || IsIn(type, "System.Diagnostics"))
                && Members.Contains($"{type.ContainingNamespace.ToDisplayString()}.{type.Name}.{member.Name}");
        return known ? $"{type.Name}.{member.Name}" : null;
    }

    private static bool IsIn(ITypeSymbol type, string name) =>
        string.Equals(type.ContainingNamespace?.ToDisplayString(), name, StringComparison.Ordinal);
}
