using Millrace.Batches;
using Millrace.Connectors;

namespace Millrace.Tests.Testing.Conformance;

/// <summary>How a source may be wrong.</summary>
internal enum SourceFault
{
    ReadsTwice,
    ReadsBackwards,
    SnapshotsAhead,
    SnapshotsBehind,
    ForgetsSplitsInSnapshots,
    IgnoresPauses,
    NeverEnds,
    EndsBeforeItIsTold,
    ReleasesTwice,
    HangsWhenDisposed,
    FindsOtherSplitsEachTime,
    SaysFallingOffsets,
    ReadsAllSplitsInEachTask,
    StopsAtWhatIsThere,
    AcceptsEverything,
    ReadsEveryTopic,
}

/// <summary>A source that is right but for one thing.</summary>
internal sealed class FaultySource(ISource<string> inner, SourceFault fault) : ISource<string>
{
    public Boundedness Boundedness => inner.Boundedness;

    public IReadOnlyList<Topic> Topics => inner.Topics;

    /// <summary>Another source with the same fault.</summary>
    public FaultySource Over(ISource<string> other) => new(other, fault);

    public bool Reads(Topic topic) => fault == SourceFault.ReadsEveryTopic || inner.Reads(topic);

    public void Validate(ICollection<string> errors)
    {
        if (fault != SourceFault.AcceptsEverything)
        {
            inner.Validate(errors);
        }
    }

    public ISplitEnumerator CreateEnumerator(ConnectorContext context) => new Enumerator(inner.CreateEnumerator(context), fault);

    public ISourceReader<string> CreateReader(ConnectorContext context) => new Reader(inner, context, fault);

    private sealed class Enumerator(ISplitEnumerator inner, SourceFault fault) : ISplitEnumerator
    {
        public TimeSpan? DiscoveryInterval => inner.DiscoveryInterval;

        public async Task<IReadOnlyList<SourceSplit>> DiscoverAsync(bool isInitial, CancellationToken cancellationToken)
        {
            IReadOnlyList<SourceSplit> splits = await inner.DiscoverAsync(isInitial, cancellationToken);
            return fault == SourceFault.FindsOtherSplitsEachTime
                ? [.. splits.Select(split => split with { Id = Guid.NewGuid().ToString("n") })]
                : splits;
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class Reader : ISourceReader<string>, ISourceOutput<string>
    {
        private readonly SourceFault _fault;
        private readonly ISource<string> _source;
        private readonly ConnectorContext _context;
        private readonly ISourceReader<string> _inner;
        private readonly List<SourceSplit> _given = [];
        private ISourceOutput<string>? _output;
        private bool _told;
        private bool _released;

        public Reader(ISource<string> source, ConnectorContext context, SourceFault fault)
        {
            (_source, _context, _fault) = (source, context, fault);
            _inner = source.CreateReader(context);
        }

        public RecordBatch<string> Batch { get; } = new(3);

        public void AddSplits(IReadOnlyList<SourceSplit> splits)
        {
            IReadOnlyList<SourceSplit> added = splits;
            if (_fault == SourceFault.ReadsAllSplitsInEachTask)
            {
                added = _source.CreateEnumerator(_context).DiscoverAsync(true, CancellationToken.None).GetAwaiter().GetResult();
            }

            _given.AddRange(added);
            _inner.AddSplits(added);
        }

        public void NotifyNoMoreSplits()
        {
            _told = true;
            if (_fault != SourceFault.NeverEnds)
            {
                _inner.NotifyNoMoreSplits();
            }
        }

        public ReadStatus Read(ISourceOutput<string> output, TimeSpan maxWait)
        {
            _output = output;
            ReadStatus status = _inner.Read(this, maxWait);
            return _fault == SourceFault.EndsBeforeItIsTold && _released && !_told ? ReadStatus.EndOfInput
                : _fault == SourceFault.StopsAtWhatIsThere && status == ReadStatus.NothingAvailable && _given.Count > 0 ? Stop()
                : status;
        }

        public long OffsetOf(int row) => _fault == SourceFault.SaysFallingOffsets ? 100 - row : _inner.OffsetOf(row);

        public IReadOnlyList<SourceSplit> SnapshotSplits(long checkpointId) =>
            _fault switch
            {
                SourceFault.SnapshotsBehind => _given,
                SourceFault.ForgetsSplitsInSnapshots => [.. _inner.SnapshotSplits(checkpointId).Skip(1)],
                SourceFault.SnapshotsAhead =>
                [
                    .. _inner
                        .SnapshotSplits(checkpointId)
                        .Select(split =>
                        {
                            RawPosition position = RawSplit.PositionOf(split);
                            return RawSplit.At(position with { Offset = position.Offset + 4 });
                        }),
                ],
                _ => _inner.SnapshotSplits(checkpointId),
            };

        public void NotifyCheckpointComplete(long checkpointId) => _inner.NotifyCheckpointComplete(checkpointId);

        public void SetPaused(IReadOnlyCollection<string> splitIds, bool paused)
        {
            if (_fault != SourceFault.IgnoresPauses)
            {
                _inner.SetPaused(splitIds, paused);
            }
        }

        public void Emit(string splitId)
        {
            string[] values = Batch.Values.ToArray();
            for (int time = 0; time < (_fault == SourceFault.ReadsTwice ? 2 : 1); time++)
            {
                foreach (string value in _fault == SourceFault.ReadsBackwards ? values.AsEnumerable().Reverse() : values)
                {
                    _output!.Batch.Add(value, RecordBatch.NoTimestamp);
                }

                _output!.Emit(splitId);
            }

            Batch.Clear();
        }

        public void ReleaseSplit(string splitId)
        {
            _released = true;
            _output!.ReleaseSplit(splitId);
            if (_fault == SourceFault.ReleasesTwice)
            {
                _output.ReleaseSplit(splitId);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _inner.DisposeAsync();
            if (_fault == SourceFault.HangsWhenDisposed)
            {
                await new TaskCompletionSource().Task;
            }
        }

        // As a reader that takes the end of what is there for the end of all.
        private ReadStatus Stop()
        {
            _inner.SetPaused([.. _given.Select(split => split.Id)], paused: true);
            return ReadStatus.NothingAvailable;
        }
    }
}
