using Millrace.Connectors;
using Millrace.Serialization;

namespace Millrace.Benchmarks.Functions;

/// <summary>A sink whose records are encoded as the inner one does and then counted instead of sent.</summary>
internal sealed class EncodedSink<T>(IDurableSink<T> inner) : IDurableSink<T>, IDurableSinkSender
{
    private long _records;

    public long Records => Volatile.Read(ref _records);

    public IReadOnlyList<Topic> Topics => inner.Topics;

    public DurableSinkGuarantee Guarantee => inner.Guarantee;

    public void Validate(ICollection<string> errors) => inner.Validate(errors);

    public ISinkWriter<T> CreateWriter(ConnectorContext context) => inner.CreateWriter(context);

    public void Encode(T value, long timestamp, DataWriter output) => inner.Encode(value, timestamp, output);

    public IDurableSinkSender CreateSender(ConnectorContext context) => this;

    public Task SendAsync(IReadOnlyList<DurableSinkRecord> records, CancellationToken cancellationToken)
    {
        Interlocked.Add(ref _records, records.Count);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
