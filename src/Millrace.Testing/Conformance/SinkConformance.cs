using System.Collections.Frozen;

namespace Millrace.Testing.Conformance;

/// <summary>
/// What every <see cref="Connectors.ISink{T}"/> must do, and what a committing writer and an <see cref="Connectors.IDurableSink{T}"/> must
/// do besides. A test project runs each of <see cref="CheckNames"/>:
/// <code>
/// [Theory, MemberData(nameof(Names))]
/// public Task Sink(string check) =>
///     new SinkConformance&lt;string>(_ => Task.FromResult&lt;SinkUnderTest&lt;string>>(new MySubject()))
///         .RunAsync(check, CancellationToken.None);
/// </code>
/// Free of any test framework: a violation throws <see cref="ConformanceException"/>. A check of something that a sink does not say it can
/// do passes.
/// </summary>
public static class SinkConformance
{
    /// <summary>Names of the checks, in ordinal order.</summary>
    public static IReadOnlyList<string> CheckNames { get; } = Check.Names(SinkConformance<int>.Checks);
}

/// <summary>A run of the checks of <see cref="SinkConformance"/> against one sink.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class SinkConformance<T>
{
    private readonly Func<CancellationToken, Task<SinkUnderTest<T>>> _prepare;

    /// <summary>A run against one sink.</summary>
    /// <param name="prepare">Makes what lies outside, anew for each check.</param>
    public SinkConformance(Func<CancellationToken, Task<SinkUnderTest<T>>> prepare)
    {
        ArgumentNullException.ThrowIfNull(prepare);
        _prepare = prepare;
    }

    /// <summary>How long anything may take before it counts as hanging. Default 30 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    internal static FrozenDictionary<string, Func<SinkScope<T>, Task>> Checks { get; } =
        Check.ByName(SinkWriting<T>.Checks, CommittingSinks<T>.Checks, DurableSinks<T>.Checks);

    /// <summary>Runs one check.</summary>
    /// <param name="checkName">One of <see cref="SinkConformance.CheckNames"/>.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="ConformanceException">The sink does not keep the contract.</exception>
    public async Task RunAsync(string checkName, CancellationToken cancellationToken)
    {
        Func<SinkScope<T>, Task> check = Check.Find(Checks, checkName);
        SinkUnderTest<T> subject = await _prepare(cancellationToken).ConfigureAwait(false);
        await using (subject.ConfigureAwait(false))
        {
            await check(new SinkScope<T>(subject, Patience, cancellationToken)).ConfigureAwait(false);
        }
    }
}
