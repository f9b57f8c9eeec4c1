using System.Text;

namespace Microsoft.Azure.Functions.Worker;

public class KafkaHeader
{
    public string Key { get; set; }

    public byte[] Value { get; set; }

    public string GetValueAsString() => Value is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
}
