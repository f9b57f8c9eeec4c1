using Millrace.Batches;
using Millrace.Connectors;

namespace Millrace.Tests.Runtime;

/// <summary>A committing sink that fails where a test wants it to.</summary>
internal sealed class BrittleSink<T> : ISink<T>
{
    private int _disposed;

    public bool FailsToCommit { get; init; }

    public bool FailsToClose { get; init; }

    public bool IsDisposed => Volatile.Read(ref _disposed) > 0;

    public IReadOnlyList<Topic> Topics => [];

    public void Validate(ICollection<string> errors) { }

    public ISinkWriter<T> CreateWriter(ConnectorContext context) => new Writer(this);

    private sealed class Writer(BrittleSink<T> owner) : ICommittingSinkWriter<T>
    {
        public void Write(RecordBatch<T> batch) { }

        public void Flush(bool endOfInput) { }

        public ReadOnlyMemory<byte> PrepareCommit(long checkpointId) => new byte[] { 1 };

        public void Commit(ReadOnlyMemory<byte> committable)
        {
            if (owner.FailsToCommit)
            {
                throw new InvalidOperationException("planned: no commit");
            }
        }

        public void Recover(IReadOnlyList<ReadOnlyMemory<byte>> committables) { }

        public ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref owner._disposed);
            return owner.FailsToClose ? throw new InvalidOperationException("planned: no close") : ValueTask.CompletedTask;
        }
    }
}
