namespace Millrace.Connectors;

/// <summary>Finds the partitions of a raw source for a host without triggers.</summary>
internal sealed class RawSplitEnumerator(IRawRecordSource source, ConnectorContext context) : ISplitEnumerator
{
    private readonly Dictionary<(string Topic, int Partition), SourceSplit> _found = [];
    private IRawTopicReader? _reader;

    public TimeSpan? DiscoveryInterval => source.Boundedness == Boundedness.Bounded ? null : source.PartitionDiscoveryInterval;

    public async Task<IReadOnlyList<SourceSplit>> DiscoverAsync(bool isInitial, CancellationToken cancellationToken)
    {
        _reader ??= source.CreateTopicReader(context);
        List<SourceSplit> all = [];
        foreach (Topic topic in source.Topics)
        {
            int partitions = await _reader.CountPartitionsAsync(topic.Name, cancellationToken).ConfigureAwait(false);
            for (int partition = 0; partition < partitions; partition++)
            {
                // A partition's beginning is asked for once: later on it is no news.
                if (!_found.TryGetValue((topic.Name, partition), out SourceSplit? split))
                {
                    split = await FindAsync(_reader, topic.Name, partition, isInitial, cancellationToken).ConfigureAwait(false);
                    _found.Add((topic.Name, partition), split);
                }

                all.Add(split);
            }
        }

        return all;
    }

    public ValueTask DisposeAsync() => _reader?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<SourceSplit> FindAsync(
        IRawTopicReader reader,
        string topic,
        int partition,
        bool isInitial,
        CancellationToken cancellationToken
    )
    {
        long start = await reader.FindStartAsync(topic, partition, isInitial, cancellationToken).ConfigureAwait(false);
        RawPosition position = new(topic, partition, start);
        if (source.Boundedness == Boundedness.Bounded)
        {
            long last = await reader.FindLastRecordAsync(topic, partition, start, cancellationToken).ConfigureAwait(false);
            position = position with { Stop = Math.Max(start, last + 1) };
        }

        SourceSplit split = source.SplitAt(position);

        // What there is to know of the topic is kept from the beginning on.
        return await reader.ValidateAsync([split], cancellationToken).ConfigureAwait(false) is [RawPosition known, ..]
            ? source.SplitAt(known with { Stop = position.Stop })
            : split;
    }
}
