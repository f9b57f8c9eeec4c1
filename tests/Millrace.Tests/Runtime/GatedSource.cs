using Millrace.Connectors;

namespace Millrace.Tests.Runtime;

/// <summary>A source whose readers open, and whose splits are found, only when a test lets them.</summary>
internal sealed class GatedSource<T>(ISource<T> inner, Task open, Task<bool> discovery) : ISource<T>
{
    private readonly TaskCompletionSource _discovers = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the search for splits has begun.</summary>
    public Task Discovers => _discovers.Task;

    public Boundedness Boundedness => inner.Boundedness;

    public IReadOnlyList<Topic> Topics => inner.Topics;

    public void Validate(ICollection<string> errors) => inner.Validate(errors);

    public ISplitEnumerator CreateEnumerator(ConnectorContext context) => new Enumerator(this, inner.CreateEnumerator(context));

    public ISourceReader<T> CreateReader(ConnectorContext context)
    {
        open.Wait(TimeSpan.FromSeconds(30), context.CancellationToken);
        return inner.CreateReader(context);
    }

    private sealed class Enumerator(GatedSource<T> owner, ISplitEnumerator splits) : ISplitEnumerator
    {
        public TimeSpan? DiscoveryInterval => splits.DiscoveryInterval;

        public async Task<IReadOnlyList<SourceSplit>> DiscoverAsync(bool isInitial, CancellationToken cancellationToken)
        {
            owner._discovers.TrySetResult();
            return await owner.Discovery(cancellationToken)
                ? await splits.DiscoverAsync(isInitial, cancellationToken)
                : throw new InvalidOperationException("planned: no splits");
        }

        public ValueTask DisposeAsync() => splits.DisposeAsync();
    }

    private Task<bool> Discovery(CancellationToken cancellationToken) => discovery.WaitAsync(cancellationToken);
}
