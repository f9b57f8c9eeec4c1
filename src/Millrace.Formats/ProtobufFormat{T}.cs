using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Millrace.Kafka;

namespace Millrace.Formats;

/// <summary>Generated Protobuf messages, bare or in Confluent's wire format.</summary>
/// <typeparam name="T">Type of the messages.</typeparam>
public sealed class ProtobufFormat<T> : IDeserializationSchema<T>, ISerializationSchema<T>
    where T : IMessage<T>, new()
{
    private static readonly MessageDescriptor Descriptor = new T().Descriptor;
    private static readonly MessageParser<T> Parser = new(static () => new T());

    private readonly ISchemaRegistry? _registry;
    private readonly string? _subject;
    private readonly RegisteredSchema? _registered;
    private readonly int[] _path = PathOf(Descriptor);
    private readonly byte[] _encodedPath = WireFormat.EncodePath(PathOf(Descriptor));

    /// <summary>Without a registry: the message's bytes alone.</summary>
    public ProtobufFormat() { }

    /// <summary>In Confluent's wire format.</summary>
    /// <param name="registry">Numbers the schemas.</param>
    /// <param name="subject">Where the message's file is registered when the first record is written, usually the topic with
    /// <c>-value</c>.</param>
    /// <exception cref="SchemaFormatException">The message's file imports files other than <c>google/protobuf/*</c>.</exception>
    public ProtobufFormat(ISchemaRegistry registry, string subject)
    {
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentException.ThrowIfNullOrWhiteSpace(subject);
        FileDescriptor? import = Descriptor.File.Dependencies.FirstOrDefault(file =>
            !file.Name.StartsWith("google/protobuf/", StringComparison.Ordinal)
        );
        if (import is not null)
        {
            throw new SchemaFormatException(
                $"Message {Descriptor.FullName}: its file '{Descriptor.File.Name}' imports '{import.Name}' where only google/protobuf/* "
                    + "can be registered with it; put the messages in one file."
            );
        }

        _registry = registry;
        _subject = subject;
        _registered = new RegisteredSchema(RegisteredSchema.Protobuf, Descriptor.File.SerializedData.ToBase64());
    }

    /// <inheritdoc/>
    /// <remarks>The id is not looked up: Protobuf needs no writer's schema, unknown fields are kept.</remarks>
    /// <exception cref="SchemaFormatException">The value is of another message or has no header.</exception>
    /// <exception cref="InvalidProtocolBufferException">The bytes are no message.</exception>
    public T Deserialize(ReadOnlySpan<byte> value)
    {
        if (_registry is not null)
        {
            value = WireFormat.SkipPath(WireFormat.ReadHeader(value, out _), _path, Descriptor.FullName);
        }

        return Parser.ParseFrom(value);
    }

    /// <inheritdoc/>
    public void Serialize(T value, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (_registry is not null)
        {
            WireFormat.WriteHeader(output, _registry.Register(_subject!, _registered!));
            output.Write(_encodedPath);
        }

        value.WriteTo(output);
    }

    private static int[] PathOf(MessageDescriptor message) =>
        message.ContainingType is { } containing ? [.. PathOf(containing), message.Index] : [message.Index];
}
