using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

/// <summary>Creates native clients from string properties.</summary>
internal static unsafe class KafkaClient
{
    internal const int Producer = 0;
    internal const int Consumer = 1;

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
        if (events != 0) NativeMethods.rd_kafka_conf_set_events(conf, events);

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
            if (NativeMethods.rd_kafka_conf_set(conf, name, value, error, ErrorSize) != ConfOk) errors.Add(Wrong(name, value, error));
        }

        NativeMethods.rd_kafka_conf_destroy(conf);
    }

    private static nint Configure(IReadOnlyDictionary<string, string> properties, byte* error)
    {
        nint conf = NativeMethods.rd_kafka_conf_new();
        foreach ((string name, string value) in properties)
        {
            if (NativeMethods.rd_kafka_conf_set(conf, name, value, error, ErrorSize) == ConfOk) continue;
            NativeMethods.rd_kafka_conf_destroy(conf);
            throw new KafkaClientException(Wrong(name, value, error));
        }

        return conf;
    }

    // Secrets must not reach logs by way of an error message.
    private static string Wrong(string name, string value, byte* error)
    {
        bool secret = name.Contains("password", StringComparison.Ordinal) || name.Contains("secret", StringComparison.Ordinal)
            || name.Contains("key.pem", StringComparison.Ordinal);
        string shown = secret ? "***" : value;
        return $"Kafka property '{name}' = '{shown}' is refused: {(secret ? "the value is not valid" : Text(error))}. "
            + "Correct it; librdkafka's CONFIGURATION.md lists all properties.";
    }

    private static string Text(byte* error) => Marshal.PtrToStringUTF8((nint)error) ?? "";
}
