using Millrace.Connectors;
using Millrace.Serialization;

namespace Millrace.Tests.Durable;

/// <summary>Encodes records as their text.</summary>
internal sealed class TextSink<T> : IDurableSink<T>
{
    public DurableSinkGuarantee Guarantee => DurableSinkGuarantee.AtLeastOnce;

    public IReadOnlyList<string> Resources => ["test:results"];

    public void Validate(ICollection<string> errors)
    {
        // Nothing to validate.
    }

    public void Encode(T value, long timestamp, DataWriter output) => output.WriteString(value!.ToString());

    public IDurableSinkSender CreateSender(ConnectorContext context) => throw new NotSupportedException("The test reads the outbox itself.");

    public ISinkWriter<T> CreateWriter(ConnectorContext context) => throw new NotSupportedException("This sink is for trigger-driven hosts.");
}
