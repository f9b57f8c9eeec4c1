using Millrace.Batches;
using Millrace.Connectors;
using Xunit;

namespace Millrace.Kafka.Tests;

/// <summary>Runs one sink task as a host would.</summary>
internal sealed class SinkDriver<T> : IAsyncDisposable
{
    private readonly ISinkWriter<T> _writer;

    internal SinkDriver(ISink<T> sink, int index = 0, int parallelism = 1)
    {
        List<string> errors = [];
        sink.Validate(errors);
        Assert.Empty(errors);
        _writer = sink.CreateWriter(Contexts.Task("sink", index, parallelism));
    }

    private ICommittingSinkWriter<T> Committing => (ICommittingSinkWriter<T>)_writer;

    internal void Recover(params ReadOnlyMemory<byte>[] committables) => Committing.Recover(committables);

    internal void Write(params T[] values)
    {
        RecordBatch<T> batch = new(Math.Max(values.Length, 1));
        foreach (T value in values)
        {
            batch.Add(value, RecordBatch.NoTimestamp);
        }

        _writer.Write(batch);
    }

    internal void WriteAt(T value, long timestamp)
    {
        RecordBatch<T> batch = new(1);
        batch.Add(value, timestamp);
        _writer.Write(batch);
    }

    internal void Flush(bool endOfInput = false) => _writer.Flush(endOfInput);

    internal ReadOnlyMemory<byte> Prepare(long checkpoint)
    {
        _writer.Flush(endOfInput: false);
        return Committing.PrepareCommit(checkpoint);
    }

    internal void Commit(ReadOnlyMemory<byte> committable) => Committing.Commit(committable);

    public ValueTask DisposeAsync() => _writer.DisposeAsync();
}
