using System.Text.Json;
using System.Text.Json.Serialization;

namespace Millrace.Durable.Hosting;

/// <summary>What a keyed task has made and nobody has taken yet; part of its state.</summary>
/// <param name="Stage">Uid of the stage.</param>
/// <param name="Task">Number of the task.</param>
/// <param name="Bytes">Bytes of sink records, of envelopes to send and of those not acknowledged.</param>
/// <param name="SinkRecords">Number of records that wait for a sink.</param>
/// <param name="Envelopes">Number of envelopes that wait for another keyed task.</param>
/// <param name="Reason">Why they wait, as far as the task knows.</param>
internal sealed record PendingOutput(string Stage, int Task, long Bytes, int SinkRecords, int Envelopes, string Reason);

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
