using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Serialization;

namespace Millrace.Testing;

/// <summary>
/// A sink that keeps records with their timestamps. A transactional one shows records only once the checkpoint that covers them is
/// complete, as an exactly-once sink does, and rolls back what a crashed run left open.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class TestSink<T> : ISink<T>
{
    private readonly Lock _lock = new();
    private readonly List<StreamRecord<T>> _records = [];
    private readonly SortedDictionary<long, List<StreamRecord<T>>> _open = [];
    private readonly bool _transactional;
    private long _lastTransaction;

    /// <summary>An empty sink.</summary>
    /// <param name="transactional">Whether records show only once they are committed.</param>
    public TestSink(bool transactional = false) => _transactional = transactional;

    /// <summary>A copy of the visible records, in the order in which they were written or committed.</summary>
    public IReadOnlyList<StreamRecord<T>> Records
    {
        get
        {
            lock (_lock)
            {
                return [.. _records];
            }
        }
    }

    /// <summary>The values of <see cref="Records"/>.</summary>
    public IReadOnlyList<T> Values => [.. Records.Select(record => record.Value)];

    /// <summary>Number of records written but not committed.</summary>
    public int UncommittedCount
    {
        get
        {
            lock (_lock)
            {
                return _open.Values.Sum(transaction => transaction.Count);
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Topic> Topics => [];

    /// <inheritdoc/>
    public bool CommitsByCheckpoints => _transactional;

    /// <inheritdoc/>
    public void Validate(ICollection<string> errors)
    {
        // Nothing can be wrong with a list.
    }

    /// <inheritdoc/>
    public ISinkWriter<T> CreateWriter(ConnectorContext context) => _transactional ? new TransactionalWriter(this) : new PlainWriter(this);

    private static void Append(List<StreamRecord<T>> records, RecordBatch<T> batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            records.Add(new StreamRecord<T>(batch.Values[i], batch.Timestamps[i]));
        }
    }

    private class PlainWriter(TestSink<T> sink) : ISinkWriter<T>
    {
        protected TestSink<T> Sink { get; } = sink;

        public virtual void Write(RecordBatch<T> batch)
        {
            lock (Sink._lock)
            {
                Append(Sink._records, batch);
            }
        }

        public void Flush(bool endOfInput)
        {
            // Memory is as durable as it gets.
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class TransactionalWriter(TestSink<T> sink) : PlainWriter(sink), ICommittingSinkWriter<T>
    {
        private long _transaction = -1;

        public override void Write(RecordBatch<T> batch)
        {
            lock (Sink._lock)
            {
                if (_transaction < 0)
                {
                    _transaction = ++Sink._lastTransaction;
                    Sink._open.Add(_transaction, []);
                }

                if (!Sink._open.TryGetValue(_transaction, out List<StreamRecord<T>>? records))
                {
                    throw new InvalidOperationException(
                        $"Transaction {_transaction} was rolled back: a later run has recovered the sink while this one still writes."
                    );
                }

                Append(records, batch);
            }
        }

        public ReadOnlyMemory<byte> PrepareCommit(long checkpointId)
        {
            if (_transaction < 0)
            {
                return default;
            }

            DataWriter committable = new(8);
            committable.WriteInt64(_transaction);
            _transaction = -1;
            return committable.ToArray();
        }

        public void Commit(ReadOnlyMemory<byte> committable)
        {
            lock (Sink._lock)
            {
                if (Sink._open.Remove(new DataReader(committable.Span).ReadInt64(), out List<StreamRecord<T>>? records))
                {
                    Sink._records.AddRange(records);
                }
            }
        }

        public void Recover(IReadOnlyList<ReadOnlyMemory<byte>> committables)
        {
            foreach (ReadOnlyMemory<byte> committable in committables)
            {
                Commit(committable);
            }

            // All tasks recover before any of them writes, so what is open now belongs to an earlier run.
            lock (Sink._lock)
            {
                Sink._open.Clear();
            }
        }
    }
}
