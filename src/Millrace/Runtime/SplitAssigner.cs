using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.Graph;
using Millrace.Operators.Connectors;

namespace Millrace.Runtime;

/// <summary>Finds the splits of all sources and gives each to one task; looks for new ones from time to time.</summary>
internal sealed class SplitAssigner(
    JobGraph graph,
    TaskGraph tasks,
    TimeProvider time,
    ILoggerFactory loggers,
    Func<JobEvent, bool> post,
    CancellationToken cancellationToken
) : IAsyncDisposable
{
    private readonly ILogger _log = loggers.CreateLogger("Millrace.Runtime");
    private readonly Dictionary<string, SourceState> _sources = new(StringComparer.Ordinal);

    private Task _starting = Task.CompletedTask;

    /// <summary>Assigns the first splits; all tasks are open and none has read yet.</summary>
    public Task StartAsync() => _starting = Task.Run(AssignFirstAsync, cancellationToken);

    public void Assign(JobEvent.SplitsFound found)
    {
        int added = _sources[found.StageUid].Assign(found.Splits, noMoreSplits: false);
        if (added > 0)
        {
            Log.SplitsDiscovered(_log, graph.Name, found.StageUid, added);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Who waited for it knows how it ended.
        await _starting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (SourceState source in _sources.Values)
        {
            await source.Discovery.ConfigureAwait(false);
            await source.Enumerator.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task AssignFirstAsync()
    {
        foreach (Stage stage in graph.Stages.Where(stage => stage.IsSource))
        {
            StreamTask[] readers = [.. tasks.Tasks.Where(task => task.Stage.Stage == stage)];
            ISourceDriver driver = readers[0].Stage.Source!;
            ConnectorContext context = new(graph.Name, stage.Uid, 0, stage.Parallelism, time, loggers, cancellationToken);
            SourceState source = new(driver.CreateEnumerator(context), readers);
            _sources.Add(stage.Uid, source);

            IReadOnlyList<RestoredSplit> restored = driver.RestoredSplits;
            IReadOnlyList<SourceSplit> found = await source
                .Enumerator.DiscoverAsync(isInitial: !driver.IsRestored, cancellationToken)
                .ConfigureAwait(false);
            IEnumerable<SourceSplit> all = restored
                .Select(split => split.Split)
                .Concat(found)
                .DistinctBy(split => split.Id, StringComparer.Ordinal);
            source.Assign(all, noMoreSplits: source.Enumerator.DiscoveryInterval is null || driver.Boundedness == Boundedness.Bounded);
            if (source.Enumerator.DiscoveryInterval is { } interval && driver.Boundedness == Boundedness.ContinuousUnbounded)
            {
                source.Discovery = DiscoverForEverAsync(stage.Uid, source.Enumerator, interval);
            }
        }
    }

    private async Task DiscoverForEverAsync(string stageUid, ISplitEnumerator enumerator, TimeSpan interval)
    {
        using PeriodicTimer timer = new(interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    post(
                        new JobEvent.SplitsFound(
                            stageUid,
                            await enumerator.DiscoverAsync(isInitial: false, cancellationToken).ConfigureAwait(false)
                        )
                    );
                }
#pragma warning disable CA1031 // Discovery is repeated; a broker that is away for a moment must not fail the job.
                catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    if (RestartSuppression.Find(failure) is not null)
                    {
                        post(new JobEvent.TaskFailed(Task: null, failure));
                        return;
                    }

                    Log.DiscoveryFailed(_log, failure, graph.Name, stageUid);
                }

                // A source that misses something looks more often.
                if (enumerator.DiscoveryInterval is { } next && next != timer.Period)
                {
                    timer.Period = next;
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    private sealed class SourceState(ISplitEnumerator enumerator, StreamTask[] readers)
    {
        private readonly HashSet<string> _known = new(StringComparer.Ordinal);

        public ISplitEnumerator Enumerator { get; } = enumerator;

        public Task Discovery { get; set; } = Task.CompletedTask;

        public int Assign(IEnumerable<SourceSplit> splits, bool noMoreSplits)
        {
            SourceSplit[] added = [.. splits.Where(split => _known.Add(split.Id))];
            bool first = _known.Count == added.Length;
            ILookup<int, SourceSplit> byTask = added.ToLookup(split => (int)((uint)split.AssignmentHint % (uint)readers.Length));
            for (int task = 0; task < readers.Length; task++)
            {
                SourceSplit[] own = [.. byTask[task]];
                if (own.Length > 0 || first)
                {
                    readers[task].Gate.Post(new TaskCommand.AddSplits(own, noMoreSplits));
                }
            }

            return added.Length;
        }
    }
}
