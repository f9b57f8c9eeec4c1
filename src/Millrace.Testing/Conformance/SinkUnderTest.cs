using Millrace.Connectors;

namespace Millrace.Testing.Conformance;

/// <summary>A sink and what lies outside of it, empty at first, for one check of <see cref="SinkConformance{T}"/>.</summary>
/// <typeparam name="T">Type of the records; compared with <see cref="EqualityComparer{T}.Default"/>.</typeparam>
public abstract class SinkUnderTest<T> : IAsyncDisposable
{
    /// <summary>The declaration of the sink. Each call gives a new one, as another process would have.</summary>
    public abstract ISink<T> Create();

    /// <summary>A record to write.</summary>
    /// <param name="number">Number of the record; another gives another record.</param>
    public abstract T RecordOf(int number);

    /// <summary>What somebody who reads the destination finds there now, in its order.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public abstract Task<IReadOnlyList<T>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// What keeps its order: records of one task for which this is equal. Default: all of them. A destination with partitions gives the
    /// partition or the key; one that does not keep the order gives the record itself.
    /// </summary>
    /// <param name="record">A record.</param>
    public virtual object? OrderOf(T record) => null;

    /// <summary>A declaration with a mistake in it; <see langword="null"/>, the default, = there is none to make.</summary>
    public virtual ISink<T>? CreateInvalid() => null;

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
