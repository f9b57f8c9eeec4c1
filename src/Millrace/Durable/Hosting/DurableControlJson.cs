using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Millrace.Checkpoints;

namespace Millrace.Durable.Hosting;

/// <summary>The control object's JSON, with its checksum.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(DurableControl))]
internal sealed partial class DurableControlJson : JsonSerializerContext
{
    public static ReadOnlySequence<byte> Write(DurableControl control) =>
        Checksums.SealJson(JsonSerializer.SerializeToUtf8Bytes(control, Default.DurableControl));

    public static DurableControl Read(StoredObject stored, string name)
    {
        try
        {
            if (Checksums.FaultOfJson(stored.Content.Span) is { } fault)
            {
                throw new JsonException(fault);
            }

            DurableControl control =
                JsonSerializer.Deserialize(stored.Content.Span, Default.DurableControl) ?? throw new JsonException("The document is null.");
            return control.FormatVersion == Hosting.DurableControl.CurrentVersion
                ? control
                : throw new InvalidDataException(
                    $"'{name}' has format version {control.FormatVersion}, this Millrace reads version "
                        + $"{Hosting.DurableControl.CurrentVersion}; use the Millrace that wrote it or a later one."
                );
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"'{name}' ({stored.Content.Length} bytes) is damaged: {exception.Message}", exception);
        }
    }
}
