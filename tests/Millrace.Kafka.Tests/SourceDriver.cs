using Millrace.Connectors;
using Xunit;

namespace Millrace.Kafka.Tests;

/// <summary>Runs a source as a host would: discover, add, read, snapshot, restore.</summary>
internal sealed class SourceDriver<T> : IAsyncDisposable
{
    private readonly ISourceReader<T> _reader;

    private SourceDriver(ISource<T> source, IReadOnlyList<SourceSplit> splits)
    {
        _reader = source.CreateReader(Contexts.Task());
        _reader.AddSplits(splits);
        if (source.Boundedness is Boundedness.Bounded)
        {
            _reader.NotifyNoMoreSplits();
        }
    }

    internal CollectingOutput<T> Output { get; } = new();

    internal ISourceReader<T> Reader => _reader;

    internal static async Task<SourceDriver<T>> StartAsync(ISource<T> source)
    {
        List<string> errors = [];
        source.Validate(errors);
        Assert.Empty(errors);
        return new SourceDriver<T>(source, await DiscoverAsync(source, isInitial: true));
    }

    internal static SourceDriver<T> Restore(ISource<T> source, IReadOnlyList<SourceSplit> splits) => new(source, splits);

    internal static async Task<IReadOnlyList<SourceSplit>> DiscoverAsync(ISource<T> source, bool isInitial)
    {
        await using ISplitEnumerator enumerator = source.CreateEnumerator(Contexts.Task());
        return await enumerator.DiscoverAsync(isInitial, Deadline.Token());
    }

    internal void ReadToEnd()
    {
        CancellationToken deadline = Deadline.Token();
        while (_reader.Read(Output, TimeSpan.FromMilliseconds(100)) is not ReadStatus.EndOfInput)
        {
            Assert.False(deadline.IsCancellationRequested, $"The end of input has not come; {Output.Records.Count} records so far.");
        }
    }

    internal void ReadRecords(int count)
    {
        CancellationToken deadline = Deadline.Token();
        while (Output.Records.Count < count)
        {
            _ = _reader.Read(Output, TimeSpan.FromMilliseconds(100));
            Assert.False(deadline.IsCancellationRequested, $"{Output.Records.Count} of {count} records have come.");
        }
    }

    public ValueTask DisposeAsync() => _reader.DisposeAsync();
}
