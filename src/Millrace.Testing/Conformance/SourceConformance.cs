using System.Collections.Frozen;

namespace Millrace.Testing.Conformance;

/// <summary>
/// What every <see cref="Connectors.ISource{T}"/> must do, and what an <see cref="Connectors.IRawRecordSource{T}"/> must do besides. A test
/// project runs each of <see cref="CheckNames"/>:
/// <code>
/// [Theory, MemberData(nameof(Names))]
/// public Task Source(string check) =>
///     new SourceConformance&lt;string>(_ => Task.FromResult&lt;SourceUnderTest&lt;string>>(new MySubject()))
///         .RunAsync(check, CancellationToken.None);
/// </code>
/// Free of any test framework: a violation throws <see cref="ConformanceException"/>. A check of something that a source does not say it
/// can do passes.
/// </summary>
public static class SourceConformance
{
    /// <summary>Names of the checks, in ordinal order.</summary>
    public static IReadOnlyList<string> CheckNames { get; } = Check.Names(SourceConformance<int>.Checks);
}

/// <summary>A run of the checks of <see cref="SourceConformance"/> against one source.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class SourceConformance<T>
{
    private readonly Func<CancellationToken, Task<SourceUnderTest<T>>> _prepare;

    /// <summary>A run against one source.</summary>
    /// <param name="prepare">Makes what lies outside, anew for each check.</param>
    public SourceConformance(Func<CancellationToken, Task<SourceUnderTest<T>>> prepare)
    {
        ArgumentNullException.ThrowIfNull(prepare);
        _prepare = prepare;
    }

    /// <summary>How long anything may take before it counts as hanging. Default 30 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    internal static FrozenDictionary<string, Func<SourceScope<T>, Task>> Checks { get; } =
        Check.ByName(SourceReading<T>.Checks, SourceRestoring<T>.Checks, RawSources<T>.Checks);

    /// <summary>Runs one check.</summary>
    /// <param name="checkName">One of <see cref="SourceConformance.CheckNames"/>.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="ConformanceException">The source does not keep the contract.</exception>
    public async Task RunAsync(string checkName, CancellationToken cancellationToken)
    {
        Func<SourceScope<T>, Task> check = Check.Find(Checks, checkName);
        SourceUnderTest<T> subject = await _prepare(cancellationToken).ConfigureAwait(false);
        await using (subject.ConfigureAwait(false))
        {
            if (subject.Records.Count < SourceScope<T>.MinRecords || subject.Records.Distinct().Count() != subject.Records.Count)
            {
                throw new ArgumentException(
                    $"The source under test has {subject.Records.Count} records, {subject.Records.Distinct().Count()} of them different; "
                        + $"expected at least {SourceScope<T>.MinRecords}, no two equal: prepare it with others."
                );
            }

            using SourceScope<T> scope = new(subject, Patience, cancellationToken);
            await check(scope).ConfigureAwait(false);
        }
    }
}
