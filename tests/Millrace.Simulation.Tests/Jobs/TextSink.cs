using System.Text;
using Millrace.Connectors;
using Millrace.Serialization;

namespace Millrace.Simulation.Tests.Jobs;

/// <summary>Encodes records as their text.</summary>
internal sealed class TextSink<T>(DurableSinkGuarantee guarantee) : IDurableSink<T>
{
    public DurableSinkGuarantee Guarantee => guarantee;

    public IReadOnlyList<Topic> Topics => [new("kafka", "texts")];

    public void Validate(ICollection<string> errors)
    {
        // Nothing to validate.
    }

    public void Encode(T value, long timestamp, DataWriter output) => output.WriteRaw(Encoding.UTF8.GetBytes(value!.ToString()!));

    public IDurableSinkSender CreateSender(ConnectorContext context) => throw new NotSupportedException("The simulator sends.");
}
