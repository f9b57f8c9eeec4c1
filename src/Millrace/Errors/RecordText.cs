using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Millrace.Batches;

namespace Millrace.Errors;

/// <summary>Values as they are shown in errors and kept in dead letters. Never throws: what is shown has failed once already.</summary>
internal static class RecordText
{
    private const int MaxLength = 200;
    private const int MaxBytes = 32;
    private const int MaxJson = 65_536;
    private static readonly ConcurrentDictionary<Type, bool> HasText = new();

    /// <summary>A short text.</summary>
    public static string Of<T>(T value)
    {
        try
        {
            string text = value switch
            {
                null => "null",
                string given => given,
                byte[] bytes => OfBytes(bytes),
                ReadOnlyMemory<byte> bytes => OfBytes(bytes.Span),
                IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
                _ when HasText.GetOrAdd(value.GetType(), OverridesToString) => value.ToString() ?? "",
                _ => JsonSerializer.Serialize<object>(value),
            };
            return Shorten(text);
        }
#pragma warning disable CA1031 // A user's ToString or property may throw anything.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return $"(a {typeof(T).Name} that cannot be shown: {failure.GetType().Name})";
        }
    }

    /// <summary>The whole value as JSON; its short text as a JSON string where it cannot be written so, or is large.</summary>
    public static byte[] ToJson<T>(T value)
    {
        try
        {
            byte[] json = JsonSerializer.SerializeToUtf8Bytes<object?>(value);
            return json.Length <= MaxJson ? json : JsonSerializer.SerializeToUtf8Bytes(Of(value));
        }
#pragma warning disable CA1031 // A user's type may be cyclic, or its properties throw.
        catch (Exception)
#pragma warning restore CA1031
        {
            return JsonSerializer.SerializeToUtf8Bytes(Of(value));
        }
    }

    public static string OfTime(long timestamp)
    {
        if (timestamp == RecordBatch.NoTimestamp)
        {
            return "none";
        }

        bool isTime =
            timestamp >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && timestamp <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
        return isTime
            ? DateTimeOffset.FromUnixTimeMilliseconds(timestamp).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{timestamp} ms");
    }

    private static bool OverridesToString(Type type) =>
        type.GetMethod(nameof(ToString), Type.EmptyTypes)?.DeclaringType is { } declaring
        && declaring != typeof(object)
        && declaring != typeof(ValueType);

    private static string OfBytes(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> first = bytes[..Math.Min(MaxBytes, bytes.Length)];
        StringBuilder text = new(
            string.Create(CultureInfo.InvariantCulture, $"first {first.Length} of {bytes.Length} bytes: {Convert.ToHexString(first)} ")
        );
        foreach (byte b in first)
        {
            text.Append(b is >= 0x20 and < 0x7F ? (char)b : '.');
        }

        return text.ToString();
    }

    private static string Shorten(string text) =>
        text.Length <= MaxLength
            ? text
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{text[..(char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength)]}... ({text.Length} characters)"
            );
}
