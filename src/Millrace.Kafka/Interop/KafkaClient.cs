using System.Globalization;
using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

/// <summary>Creates native clients from string properties.</summary>
internal static unsafe class KafkaClient
{
    internal const int Producer = 0;
    internal const int Consumer = 1;

    // Above what a broker that is slow but well takes, below what people take for a standstill.
    private const int SocketTimeout = 10_000;
    private const int ErrorSize = 512;
    private const int ConfOk = 0;

    /// <summary>Creates a client.</summary>
    /// <param name="type"><see cref="Producer"/> or <see cref="Consumer"/>.</param>
    /// <param name="properties">librdkafka's configuration properties.</param>
    /// <param name="callbacks">What the callbacks work on.</param>
    /// <param name="events">Bits of the events that go to the main queue instead of a callback.</param>
    /// <exception cref="KafkaClientException">A property is unknown or has a wrong value, or the client cannot be created.</exception>
    internal static KafkaHandle Create(int type, IReadOnlyDictionary<string, string> properties, ClientCallbacks callbacks, int events = 0)
    {
        byte* error = stackalloc byte[ErrorSize];
        nint conf = Configure(properties, error);
        GCHandle self = GCHandle.Alloc(callbacks);
        callbacks.Register(conf, self);
        if (events != 0)
        {
            NativeMethods.rd_kafka_conf_set_events(conf, events);
        }

        nint client = NativeMethods.rd_kafka_new(type, conf, error, ErrorSize);
        if (client == 0)
        {
            int code = NativeMethods.rd_kafka_last_error();
            NativeMethods.rd_kafka_conf_destroy(conf);
            self.Free();
            KafkaErrors.Throw(code, type == Producer ? "Creating a Kafka producer" : "Creating a Kafka consumer", Text(error));
        }

        return new KafkaHandle(client, self);
    }

    /// <summary>Checks properties without creating a client; appends one message per error.</summary>
    internal static void Validate(IReadOnlyDictionary<string, string> properties, ICollection<string> errors)
    {
        byte* error = stackalloc byte[ErrorSize];
        nint conf = NativeMethods.rd_kafka_conf_new();
        foreach ((string name, string value) in properties)
        {
            if (NativeMethods.rd_kafka_conf_set(conf, name, value, error, ErrorSize) != ConfOk)
            {
                errors.Add(Wrong(name, value, error));
            }
        }

        NativeMethods.rd_kafka_conf_destroy(conf);
    }

    /// <summary>
    /// The properties with what is taken where users say nothing. librdkafka waits a minute for a broker that is frozen - with a
    /// transactional id for the whole transaction timeout - and up to ten seconds before it connects again; Java's client fails over in
    /// seconds.
    /// </summary>
    internal static Dictionary<string, string> WithDefaults(IReadOnlyDictionary<string, string> properties)
    {
        Dictionary<string, string> all = new(properties, StringComparer.Ordinal);
        all.TryAdd("reconnect.backoff.max.ms", "1000");
        int timeout = SocketTimeout;
        if (Number(properties, "fetch.wait.max.ms") is { } wait)
        {
            timeout = Math.Max(timeout, wait + 2_000);
        }

        if (Number(properties, "transaction.timeout.ms") is { } transaction)
        {
            timeout = Math.Min(timeout, Math.Max(transaction - 100, 900));
        }

        all.TryAdd("socket.timeout.ms", timeout.ToString(CultureInfo.InvariantCulture));
        return all;
    }

    private static int? Number(IReadOnlyDictionary<string, string> properties, string name) =>
        properties.TryGetValue(name, out string? text) && int.TryParse(text, CultureInfo.InvariantCulture, out int value) ? value : null;

    private static nint Configure(IReadOnlyDictionary<string, string> properties, byte* error)
    {
        nint conf = NativeMethods.rd_kafka_conf_new();
        foreach ((string name, string value) in WithDefaults(properties))
        {
            if (NativeMethods.rd_kafka_conf_set(conf, name, value, error, ErrorSize) == ConfOk)
            {
                continue;
            }

            NativeMethods.rd_kafka_conf_destroy(conf);
            throw new KafkaClientException(Wrong(name, value, error));
        }

        return conf;
    }

    // Secrets must not reach logs by way of an error message.
    private static string Wrong(string name, string value, byte* error)
    {
        bool secret =
            name.Contains("password", StringComparison.Ordinal)
            || name.Contains("secret", StringComparison.Ordinal)
            || name.Contains("key.pem", StringComparison.Ordinal);
        string shown = secret ? "***" : value;
        return $"Kafka property '{name}' = '{shown}' is refused: {(secret ? "the value is not valid" : Text(error))}. "
            + "Correct it; librdkafka's CONFIGURATION.md lists all properties.";
    }

    private static string Text(byte* error) => Marshal.PtrToStringUTF8((nint)error) ?? "";
}
