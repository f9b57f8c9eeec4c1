using System.Collections.Frozen;
using Millrace.Checkpoints;

namespace Millrace.Testing.Conformance;

/// <summary>
/// What every <see cref="IObjectStore"/> must do. A test project runs each of <see cref="CheckNames"/>:
/// <code>
/// [Theory, MemberData(nameof(Names))]
/// public Task Store(string check) => new ObjectStoreConformance(() => new MyStore(...)).RunAsync(check, CancellationToken.None);
/// </code>
/// Free of any test framework: a violation throws <see cref="ConformanceException"/>. Checks use names of their own, so they may share a
/// store and run at once.
/// </summary>
public sealed class ObjectStoreConformance
{
    private static readonly FrozenDictionary<string, Func<ObjectStoreScope, Task>> Checks = Check.ByName(
        ObjectStoreBasics.Checks,
        ObjectStoreConcurrency.Checks
    );

    private readonly Func<IObjectStore> _open;

    /// <summary>A run against one store.</summary>
    /// <param name="open">Opens the store; every call must reach the same objects, as if from another process.</param>
    public ObjectStoreConformance(Func<IObjectStore> open)
    {
        ArgumentNullException.ThrowIfNull(open);
        _open = open;
    }

    /// <summary>Names of the checks, in ordinal order.</summary>
    public static IReadOnlyList<string> CheckNames { get; } = Check.Names(Checks);

    /// <summary>Runs one check.</summary>
    /// <param name="checkName">One of <see cref="CheckNames"/>.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="ConformanceException">The store does not keep the contract.</exception>
    public Task RunAsync(string checkName, CancellationToken cancellationToken)
    {
        return Check.Find(Checks, checkName)(new ObjectStoreScope(_open, $"conformance-{Guid.NewGuid():n}/", cancellationToken));
    }
}
