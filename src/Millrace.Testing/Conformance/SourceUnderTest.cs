using Millrace.Connectors;

namespace Millrace.Testing.Conformance;

/// <summary>
/// A source and what lies outside of it, for one check of <see cref="SourceConformance{T}"/>. At least eight records, no two of them equal;
/// two partitions or more where the source can have them.
/// </summary>
/// <typeparam name="T">Type of the records; compared with <see cref="EqualityComparer{T}.Default"/>.</typeparam>
public abstract class SourceUnderTest<T> : IAsyncDisposable
{
    /// <summary>All records that lie outside now, those of one partition in its order.</summary>
    public abstract IReadOnlyList<T> Records { get; }

    /// <summary>
    /// The declaration of the source, from its earliest position. Each call gives a new one, as another process would have.
    /// </summary>
    public abstract ISource<T> Create();

    /// <summary>
    /// Appends a record outside, behind those there are, and adds it to <see cref="Records"/>. Only asked of unbounded sources.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it could; <see langword="false"/>, the default, = what the source reads does not grow.</returns>
    public virtual Task<bool> AppendAsync(CancellationToken cancellationToken) => Task.FromResult(false);

    /// <summary>A declaration with a mistake in it; <see langword="null"/>, the default, = there is none to make.</summary>
    public virtual ISource<T>? CreateInvalid() => null;

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
