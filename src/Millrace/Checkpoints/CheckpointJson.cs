using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Millrace.Checkpoints;

/// <summary>Manifest and pointer as JSON, with their checksums.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    WriteIndented = true,
    NewLine = "\n",
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(CheckpointManifest))]
[JsonSerializable(typeof(CheckpointPointer))]
internal sealed partial class CheckpointJson : JsonSerializerContext
{
    public static ReadOnlySequence<byte> Write(CheckpointManifest manifest) =>
        Checksums.SealJson(JsonSerializer.SerializeToUtf8Bytes(manifest, Default.CheckpointManifest));

    public static ReadOnlySequence<byte> Write(CheckpointPointer pointer) =>
        Checksums.SealJson(JsonSerializer.SerializeToUtf8Bytes(pointer, Default.CheckpointPointer));

    public static CheckpointManifest ReadManifest(StoredObject stored, string name) =>
        Read(stored, name, Checkpoints.CheckpointManifest.CurrentVersion, Default.CheckpointManifest);

    public static CheckpointPointer ReadPointer(StoredObject stored, string name) =>
        Read(stored, name, Checkpoints.CheckpointPointer.CurrentVersion, Default.CheckpointPointer);

    /// <summary>Whether an object could not be read because it is damaged, rather than of another version.</summary>
    public static bool IsDamaged(InvalidDataException failure) => failure.InnerException is not null;

    private static T Read<T>(StoredObject stored, string name, int currentVersion, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            if (Checksums.FaultOfJson(stored.Content.Span) is { } fault)
            {
                throw new JsonException(fault);
            }

            // The version first: a later one need not have the members of this one.
            using JsonDocument document = JsonDocument.Parse(stored.Content);
            int version = document.RootElement.GetProperty("formatVersion").GetInt32();
            if (version < 1 || version > currentVersion)
            {
                throw new InvalidDataException(
                    $"'{name}' has format version {version}, this Millrace reads up to version {currentVersion}; use the Millrace that "
                        + "wrote it or a later one."
                );
            }

            return document.Deserialize(type) ?? throw new JsonException("The document is null.");
        }
        catch (Exception exception)
            when (exception
                    is JsonException
                        or KeyNotFoundException
                        or InvalidOperationException
                        or FormatException
                        or ArgumentException
                        or OverflowException
            )
        {
            throw new InvalidDataException(
                $"'{name}' ({stored.Content.Length} bytes) is damaged: {exception.Message} Put it back from a backup, or start from a "
                    + "savepoint or checkpoint by its path, or without state.",
                exception
            );
        }
    }
}
