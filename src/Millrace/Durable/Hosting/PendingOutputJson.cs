using System.Text.Json;
using System.Text.Json.Serialization;

namespace Millrace.Durable.Hosting;

/// <summary>The JSON of a task's word that it is full.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PendingOutput))]
internal sealed partial class PendingOutputJson : JsonSerializerContext
{
    public static byte[] Write(PendingOutput pending) => JsonSerializer.SerializeToUtf8Bytes(pending, Default.PendingOutput);

    public static PendingOutput? Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, Default.PendingOutput);
        }
        catch (JsonException)
        {
            // Only told to people: a damaged one says nothing.
            return null;
        }
    }
}
