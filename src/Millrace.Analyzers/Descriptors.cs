using Microsoft.CodeAnalysis;

namespace Millrace.Analyzers;

/// <summary>The rules. docs/analyzers.md explains them.</summary>
internal static class Descriptors
{
    private const string Category = "Millrace";

    public static readonly DiagnosticDescriptor MissingUid = new(
        "MR0001",
        "A stateful operator needs a uid",
        "'{0}' keeps state but has no uid: once the job changes, a checkpoint no longer finds that state; add .WithUid(\"...\")",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        "The state of an operator is found again by its uid. Without one a uid is derived from the shape of the job, which changes with "
            + "the job."
    );

    public static readonly DiagnosticDescriptor Nondeterminism = new(
        "MR0002",
        "A user function must not read the clock or make random values",
        "'{0}' in the function of '{1}' gives another value when records are replayed after a failure; take it from the record or the "
            + "function's context",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        "After a failure records are processed again from the last checkpoint. A function of the record and its state gives the same "
            + "results again; the machine's clock and random values do not."
    );

    public static readonly DiagnosticDescriptor CapturedLocal = new(
        "MR0003",
        "A function must not capture a mutable local",
        "The function given to '{0}' captures '{1}', which is assigned {2}; tasks share it unordered and no checkpoint holds it",
        Category,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        "A captured local is shared by all tasks of the process, is not part of a checkpoint and is not moved with the keys. What a "
            + "function remembers belongs in its state."
    );
}
