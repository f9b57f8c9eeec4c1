using Millrace.Batches;
using Millrace.Connectors;

namespace Millrace.Tests.Testing.Conformance;

/// <summary>How a sink's writers may be wrong.</summary>
internal enum WriterFault
{
    KeepsTheBatch,
    LosesWhatIsFlushed,
    WritesBackwards,
    ShowsBeforeTheCommit,
    CommitsAgain,
    ForgetsCommittables,
    KeepsWhatIsOpen,
    CommitsItsOwnTaskOnly,
    HidesThatItCommits,
    WritesAtTheEndOnly,
    FailsWithoutRecords,
    HangsWhenDisposed,
    AcceptsEverything,
    RejectsShortCheckpoints,
}

/// <summary>A transactional sink in memory that is right but for one thing; plain where it is wrong before it comes to commits.</summary>
internal sealed class FaultyWriterSink(List<string> shown, bool commits, WriterFault? fault) : ISink<string>
{
    public IReadOnlyList<Topic> Topics => [new("memory", "lines")];

    public bool CommitsByCheckpoints => commits && fault != WriterFault.HidesThatItCommits;

    public bool IsInvalid { get; init; }

    /// <summary>What all declarations share: what was prepared but not committed.</summary>
    public Dictionary<string, List<string>> Prepared { get; init; } = [];

    public void Validate(ICollection<string> errors)
    {
        if (IsInvalid && fault != WriterFault.AcceptsEverything)
        {
            errors.Add("The sink is invalid.");
        }
    }

    public void ValidateCheckpoints(TimeSpan checkpointInterval, ICollection<string> errors)
    {
        if (fault == WriterFault.RejectsShortCheckpoints)
        {
            errors.Add("The interval is too short.");
        }
    }

    public ISinkWriter<string> CreateWriter(ConnectorContext context) => commits ? new CommittingWriter(this, context) : new Writer(this);

    private class Writer(FaultyWriterSink sink) : ISinkWriter<string>
    {
        private readonly List<RecordBatch<string>> _batches = [];

        protected List<string> Open { get; } = [];

        protected FaultyWriterSink Sink { get; } = sink;

        protected WriterFault? Fault => Sink.Fault;

        public void Write(RecordBatch<string> batch)
        {
            if (Fault == WriterFault.KeepsTheBatch)
            {
                _batches.Add(batch);
                return;
            }

            string[] values = batch.Values.ToArray();
            if (Fault == WriterFault.WritesBackwards)
            {
                Array.Reverse(values);
            }

            Open.AddRange(values);
            if (Fault == WriterFault.ShowsBeforeTheCommit)
            {
                Sink.Show(Open);
            }
        }

        public virtual void Flush(bool endOfInput)
        {
            foreach (RecordBatch<string> batch in _batches)
            {
                Open.AddRange(batch.Values);
            }

            _batches.Clear();
            if (Fault == WriterFault.FailsWithoutRecords && Open.Count == 0)
            {
                throw new InvalidOperationException("There is nothing to flush.");
            }

            if (this is not CommittingWriter && (endOfInput || Fault != WriterFault.WritesAtTheEndOnly))
            {
                Sink.Show(Fault == WriterFault.LosesWhatIsFlushed ? [] : Open);
                Open.Clear();
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (Fault == WriterFault.HangsWhenDisposed)
            {
                await new TaskCompletionSource().Task;
            }
        }
    }

    private sealed class CommittingWriter(FaultyWriterSink sink, ConnectorContext context) : Writer(sink), ICommittingSinkWriter<string>
    {
        public ReadOnlyMemory<byte> PrepareCommit(long checkpointId)
        {
            if (Open.Count == 0)
            {
                return default;
            }

            string id = $"{context.TaskIndex}/{Guid.NewGuid():n}";
            lock (Sink.Prepared)
            {
                Sink.Prepared.Add(id, [.. Open]);
            }

            Open.Clear();
            return System.Text.Encoding.UTF8.GetBytes(id);
        }

        public void Commit(ReadOnlyMemory<byte> committable)
        {
            string id = System.Text.Encoding.UTF8.GetString(committable.Span);
            lock (Sink.Prepared)
            {
                if (Sink.Prepared.GetValueOrDefault(id) is { } records)
                {
                    if (Fault != WriterFault.ShowsBeforeTheCommit)
                    {
                        Sink.Show(records);
                    }

                    if (Fault != WriterFault.CommitsAgain)
                    {
                        Sink.Prepared.Remove(id);
                    }
                }
            }
        }

        public void Recover(IReadOnlyList<ReadOnlyMemory<byte>> committables)
        {
            foreach (ReadOnlyMemory<byte> committable in committables)
            {
                string id = System.Text.Encoding.UTF8.GetString(committable.Span);
                bool isOwn = id.StartsWith($"{context.TaskIndex}/", StringComparison.Ordinal);
                if (Fault != WriterFault.ForgetsCommittables && (isOwn || Fault != WriterFault.CommitsItsOwnTaskOnly))
                {
                    Commit(committable);
                }
            }

            lock (Sink.Prepared)
            {
                if (Fault == WriterFault.KeepsWhatIsOpen)
                {
                    Sink.Show([.. Sink.Prepared.Values.SelectMany(records => records)]);
                }

                Sink.Prepared.Clear();
            }
        }
    }

    private WriterFault? Fault => fault;

    private void Show(IReadOnlyCollection<string> records)
    {
        lock (shown)
        {
            shown.AddRange(records);
        }
    }
}
