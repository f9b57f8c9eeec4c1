using System.Globalization;
using System.Text;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Sources;

/// <summary>A dead letter as it is written: the record's bytes and where they came from. Immutable.</summary>
internal sealed class Letter
{
    private const int MaxReasonLength = 4096;
    private const int ShortReasonLength = 512;
    private static readonly byte[] OwnPrefix = "millrace-dlq-"u8.ToArray();

    private readonly List<(byte[] Name, byte[]? Value)> _headers;
    private readonly byte[]? _key;
    private readonly byte[]? _value;
    private readonly long _timestamp;
    private readonly string _id;
    private readonly string _reason;
    private readonly int _attempt;
    private readonly int? _originalSize;

    private Letter(
        string topic,
        int partition,
        long offset,
        string id,
        string reason,
        int attempt,
        long timestamp,
        byte[]? key,
        byte[]? value,
        List<(byte[] Name, byte[]? Value)> headers,
        int? originalSize
    )
    {
        (Topic, Partition, Offset) = (topic, partition, offset);
        (_id, _reason, _attempt, _timestamp) = (id, reason, attempt, timestamp);
        (_key, _value, _headers, _originalSize) = (key, value, headers, originalSize);
    }

    /// <summary>Topic of the original.</summary>
    internal string Topic { get; }

    /// <summary>Partition of the original.</summary>
    internal int Partition { get; }

    /// <summary>Offset of the original.</summary>
    internal long Offset { get; }

    /// <summary>Whether the letter holds only the beginning of the original.</summary>
    internal bool IsShortened => _originalSize is not null;

    internal ReadOnlySpan<byte> Key => _key;

    internal bool HasKey => _key is not null;

    internal ReadOnlySpan<byte> Value => _value;

    internal bool IsTombstone => _value is null;

    internal long Timestamp => Math.Max(_timestamp, 0);

    /// <summary>Bytes of key, value and headers.</summary>
    internal long Size => (_key?.Length ?? 0) + (_value?.Length ?? 0) + SizeOf(_headers) + SizeOf(Origin());

    /// <summary>
    /// The letter of a record that has failed now. A letter that was sent back and failed again says where it failed now, once, and how
    /// often it has.
    /// </summary>
    /// <param name="message">The record.</param>
    /// <param name="cause">Why it failed.</param>
    /// <param name="owner">Job and source, for the letter's id.</param>
    internal static Letter Of(in KafkaMessage message, Exception cause, string owner)
    {
        List<(byte[] Name, byte[]? Value)> headers = Split(message.Headers, out List<(byte[] Name, byte[]? Value)> former);
        int attempt = int.TryParse(Find(former, DeadLetterHeaders.Attempt), CultureInfo.InvariantCulture, out int earlier)
            ? earlier + 1
            : 1;
        return new Letter(
            message.Topic,
            message.Partition,
            message.Offset,
            IdOf(owner, message.Topic, message.Partition, message.Offset, attempt),
            ReasonOf(cause),
            attempt,
            message.Timestamp,
            KeyOf(message),
            ValueOf(message),
            headers,
            originalSize: null
        );
    }

    /// <summary>What a letter says by <see cref="DeadLetterHeaders.Id"/>, whoever writes it.</summary>
    /// <param name="owner">Job and uid.</param>
    /// <param name="topic">Topic of the original.</param>
    /// <param name="partition">Its partition.</param>
    /// <param name="offset">Its offset.</param>
    /// <param name="attempt">Which attempt has failed.</param>
    internal static string IdOf(string owner, string topic, int partition, long offset, int attempt) =>
        string.Create(CultureInfo.InvariantCulture, $"{owner}/{topic}/{partition}/{offset}/{attempt}");

    /// <summary>Why a record has failed, in so many characters as fit into a header.</summary>
    internal static string ReasonOf(Exception cause) => Cut($"{cause.GetType().FullName}: {cause.Message}", MaxReasonLength);

    /// <summary>The letter that a record of the dead-letter topic is.</summary>
    internal static Letter From(in KafkaMessage message)
    {
        List<(byte[] Name, byte[]? Value)> headers = Split(message.Headers, out List<(byte[] Name, byte[]? Value)> origin);
        return new Letter(
            Find(origin, DeadLetterHeaders.Topic),
            int.Parse(Find(origin, DeadLetterHeaders.Partition), CultureInfo.InvariantCulture),
            long.Parse(Find(origin, DeadLetterHeaders.Offset), CultureInfo.InvariantCulture),
            Find(origin, DeadLetterHeaders.Id),
            Find(origin, DeadLetterHeaders.Exception),
            int.Parse(Find(origin, DeadLetterHeaders.Attempt), CultureInfo.InvariantCulture),
            message.Timestamp,
            KeyOf(message),
            ValueOf(message),
            headers,
            int.TryParse(Find(origin, DeadLetterHeaders.OriginalSize), CultureInfo.InvariantCulture, out int size) ? size : null
        );
    }

    /// <summary>The same with only the beginning of the original.</summary>
    internal Letter Shorten(int bytes) =>
        new(
            Topic,
            Partition,
            Offset,
            _id,
            Cut(_reason, ShortReasonLength),
            _attempt,
            _timestamp,
            _key?.Length > bytes ? null : _key,
            _value?.Length > bytes ? _value[..bytes] : _value,
            SizeOf(_headers) > bytes ? [] : _headers,
            _value?.Length ?? -1
        );

    /// <summary>All headers, as the producer takes them.</summary>
    internal nint ToNative()
    {
        using NativeHeaders native = new();
        foreach ((byte[] name, byte[]? value) in _headers)
        {
            native.Add(name, value, value is null);
        }

        foreach ((byte[] name, byte[]? value) in Origin())
        {
            native.Add(name, value);
        }

        return native.Detach();
    }

    private List<(byte[] Name, byte[]? Value)> Origin()
    {
        List<(byte[] Name, byte[]? Value)> all =
        [
            Header(DeadLetterHeaders.Topic, Topic),
            Header(DeadLetterHeaders.Partition, Text(Partition)),
            Header(DeadLetterHeaders.Offset, Text(Offset)),
            Header(DeadLetterHeaders.Exception, _reason),
            Header(DeadLetterHeaders.Id, _id),
            Header(DeadLetterHeaders.Attempt, Text(_attempt)),
        ];
        if (_originalSize is { } size)
        {
            all.Add(Header(DeadLetterHeaders.OriginalSize, Text(size)));
        }

        return all;
    }

    private static List<(byte[] Name, byte[]? Value)> Split(KafkaHeaders headers, out List<(byte[] Name, byte[]? Value)> ours)
    {
        List<(byte[] Name, byte[]? Value)> others = [];
        ours = [];
        for (int i = 0; i < headers.Count; i++)
        {
            KafkaHeader header = headers[i];
            (header.Name.StartsWith(OwnPrefix) ? ours : others).Add((header.Name.ToArray(), header.IsNull ? null : header.Value.ToArray()));
        }

        return others;
    }

    private static string Find(List<(byte[] Name, byte[]? Value)> headers, string name)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        return headers.FindLast(header => header.Name.AsSpan().SequenceEqual(wanted)).Value is { } value
            ? Encoding.UTF8.GetString(value)
            : "";
    }

    private static (byte[] Name, byte[]? Value) Header(string name, string value) =>
        (Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value));

    private static byte[]? KeyOf(in KafkaMessage message) => message.HasKey ? message.Key.ToArray() : null;

    private static byte[]? ValueOf(in KafkaMessage message) => message.IsTombstone ? null : message.Value.ToArray();

    private static int SizeOf(List<(byte[] Name, byte[]? Value)> headers) =>
        headers.Sum(header => header.Name.Length + (header.Value?.Length ?? 0));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Cut(string text, int length) =>
        text.Length <= length ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length), "...");
}
