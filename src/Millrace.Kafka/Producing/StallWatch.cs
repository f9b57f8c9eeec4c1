using Millrace.Connectors;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Producing;

/// <summary>
/// Finds out what a producer waits for. librdkafka tries again what brokers refuse for a while, and says only in its debug lines what they
/// answered; so these are listened to while a wait is long.
/// </summary>
internal sealed class StallWatch(KafkaHandle client, ClientCallbacks callbacks, TimeProvider time, Action<ConnectorWait?>? report)
{
    /// <summary>librdkafka's usual level, and that of its debug lines.</summary>
    private const int Usual = 6;
    private const int Debug = 7;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private DateTimeOffset _since;
    private bool _isOn;

    /// <summary>Makes a new client quiet: it has its debug lines, but shows them only when asked.</summary>
    internal void Begin() => NativeMethods.rd_kafka_set_log_level(client, Usual);

    /// <summary>Something is waited for.</summary>
    /// <param name="start">Timestamp of the wait's begin.</param>
    /// <param name="subject">What it is, where no partition is known.</param>
    /// <param name="error">What is known of why.</param>
    internal void Check(long start, string subject, string? error = null)
    {
        TimeSpan elapsed = time.GetElapsedTime(start);
        if (report is null || elapsed < Patience)
        {
            return;
        }

        if (!_isOn)
        {
            _isOn = true;
            _since = time.GetUtcNow() - elapsed;
            callbacks.Refused = null;
            NativeMethods.rd_kafka_set_log_level(client, Debug);
        }

        report(
            callbacks.Refused is { } refused
                ? new ConnectorWait($"partition {refused.Partition}", refused.Error, _since)
                : new ConnectorWait(subject, error ?? callbacks.LastErrorText ?? "no answer yet", _since)
        );
    }

    /// <summary>What was waited for has come.</summary>
    internal void End()
    {
        if (!_isOn)
        {
            return;
        }

        _isOn = false;
        NativeMethods.rd_kafka_set_log_level(client, Usual);
        report?.Invoke(null);
    }
}
