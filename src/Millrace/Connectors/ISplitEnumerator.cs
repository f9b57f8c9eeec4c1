namespace Millrace.Connectors;

/// <summary>Finds the splits of a source, at the start and, for sources that grow, again and again.</summary>
public interface ISplitEnumerator : IAsyncDisposable
{
    /// <summary>How often to look for new splits; <see langword="null"/> = only at the start.</summary>
    TimeSpan? DiscoveryInterval { get; }

    /// <summary>Lists all splits there are. Splits that a checkpoint already knows keep the position they have there.</summary>
    /// <param name="isInitial"><see langword="true"/> when the job starts without state: new splits begin where the source's initial position says;
    /// <see langword="false"/> for later discoveries: they begin at their earliest position, so that nothing is skipped.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<SourceSplit>> DiscoverAsync(bool isInitial, CancellationToken cancellationToken);
}
