using Millrace.Connectors;
using Millrace.Serialization;

namespace Millrace.Tests.Durable;

/// <summary>Encodes records as their text.</summary>
/// <param name="send">Takes what is sent; <see langword="null"/> where the test reads the outbox itself.</param>
internal sealed class TextSink<T>(Action<IReadOnlyList<string>>? send = null) : IDurableSink<T>
{
    public DurableSinkGuarantee Guarantee => DurableSinkGuarantee.AtLeastOnce;

    public IReadOnlyList<Topic> Topics => [new("test", "results")];

    public void Validate(ICollection<string> errors)
    {
        // Nothing to validate.
    }

    public void Encode(T value, long timestamp, DataWriter output) => output.WriteString(value!.ToString());

    public IDurableSinkSender CreateSender(ConnectorContext context) =>
        new Sender(send ?? throw new NotSupportedException("The test reads the outbox itself."));

    private sealed class Sender(Action<IReadOnlyList<string>> send) : IDurableSinkSender
    {
        public Task SendAsync(IReadOnlyList<DurableSinkRecord> records, CancellationToken cancellationToken)
        {
            send([.. records.Select(record => new DataReader(record.Data.Span).ReadString()!)]);
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
