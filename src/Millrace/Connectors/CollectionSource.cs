using Millrace.Copying;

namespace Millrace.Connectors;

/// <summary>A bounded source over a collection, read in order by one task.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class CollectionSource<T> : ISource<T>
{
    private readonly GeneratorSource<T> _inner;

    /// <summary>Creates the source.</summary>
    /// <param name="values">The records; must not change while a job runs. Those that can be changed are copied when they are read, so that
    /// a job that begins again finds them as they were.</param>
    public CollectionSource(IReadOnlyList<T> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        _inner = new GeneratorSource<T>(
            values.Count,
            ObjectCopier.IsNeedless<T>() ? number => values[(int)number] : number => new ObjectCopier().Copy(values[(int)number]),
            splits: 1
        );
    }

    /// <inheritdoc/>
    public Boundedness Boundedness => Boundedness.Bounded;

    /// <inheritdoc/>
    public IReadOnlyList<Topic> Topics => [];

    /// <inheritdoc/>
    public void Validate(ICollection<string> errors) => _inner.Validate(errors);

    /// <inheritdoc/>
    public ISplitEnumerator CreateEnumerator(ConnectorContext context) => _inner.CreateEnumerator(context);

    /// <inheritdoc/>
    public ISourceReader<T> CreateReader(ConnectorContext context) => _inner.CreateReader(context);
}
