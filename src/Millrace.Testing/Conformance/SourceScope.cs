using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Connectors;

namespace Millrace.Testing.Conformance;

/// <summary>One check's view of a source.</summary>
internal sealed class SourceScope<T>(SourceUnderTest<T> subject, TimeSpan patience, CancellationToken cancellationToken) : IDisposable
{
    public const int MinRecords = 8;

    private readonly CancellationTokenSource _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

    public SourceUnderTest<T> Subject => subject;

    public TimeSpan Patience => patience;

    public CancellationToken CancellationToken => cancellationToken;

    public ConnectorContext Context(int task = 0, int parallelism = 1, CancellationToken ending = default) =>
        new(
            "conformance",
            "source",
            task,
            parallelism,
            TimeProvider.System,
            NullLoggerFactory.Instance,
            ending == default ? _ending.Token : ending
        );

    /// <summary>The splits that an enumerator of its own finds.</summary>
    public async Task<IReadOnlyList<SourceSplit>> DiscoverAsync(ISource<T> source, bool isInitial = true)
    {
        ISplitEnumerator enumerator = source.CreateEnumerator(Context());
        await using (enumerator.ConfigureAwait(false))
        {
            return await Check
                .InTimeAsync(enumerator.DiscoverAsync(isInitial, cancellationToken), patience, "the discovery of splits")
                .ConfigureAwait(false);
        }
    }

    /// <summary>A reader with the given splits that knows of no more.</summary>
    public SourceRun<T> Start(ISource<T> source, IReadOnlyList<SourceSplit> splits, int task = 0, int parallelism = 1)
    {
        SourceRun<T> run = new(source.CreateReader(Context(task, parallelism)), patience, cancellationToken);
        run.Reader.AddSplits([.. splits.Where(split => split.AssignmentHint % parallelism == task)]);
        run.Reader.NotifyNoMoreSplits();
        return run;
    }

    /// <summary>Whether records are all there are, each once, and those of a split in order.</summary>
    public void Expect(IReadOnlyList<(string Split, T Value)> read, string when)
    {
        HashSet<T> seen = [];
        foreach ((string split, T value) in read)
        {
            Check.That(seen.Add(value), $"each record to come once {when}, '{value}' of split '{split}' came again");
        }

        T[] missing = [.. subject.Records.Where(record => !seen.Contains(record))];
        Check.That(missing.Length == 0, $"all records to come {when}, {missing.Length} did not, such as '{missing.FirstOrDefault()}'");
        Check.Equal(subject.Records.Count, read.Count, $"the number of records {when}");
        foreach (IGrouping<string, (string Split, T Value)> split in read.GroupBy(record => record.Split, StringComparer.Ordinal))
        {
            HashSet<T> own = [.. split.Select(record => record.Value)];
            Check.That(
                subject.Records.Where(own.Contains).SequenceEqual(split.Select(record => record.Value)),
                $"the records of split '{split.Key}' to come in their order {when}"
            );
        }
    }

    public void Dispose()
    {
        _ending.Cancel();
        _ending.Dispose();
    }
}
