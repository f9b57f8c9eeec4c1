using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Millrace.Kafka.Interop;

/// <summary>
/// What one client's native callbacks work on. The client's opaque pointer is a <see cref="GCHandle"/> to it.
/// Nothing may be thrown through native frames, so each callback catches everything; a rebalance handler's failure is kept and thrown from
/// the next read.
/// </summary>
internal sealed unsafe class ClientCallbacks(ILogger logger)
{
    private const int DebugLevel = 7;

    internal IRebalanceListener? Rebalance { get; init; }

    /// <summary>A failure inside a callback, for the polling thread to throw.</summary>
    internal Exception? Failure { get; set; }

    /// <summary>
    /// The last time that a broker refused the client's login or certificate; <see langword="null"/> = none did. What fails later, such as
    /// a time limit, fails because of it.
    /// </summary>
    internal KafkaClientException? Refusal { get; private set; }

    /// <summary>Whether debug lines are only listened to, not logged.</summary>
    internal bool HidesDebug { get; init; }

    /// <summary>What a broker last answered for a batch of records that the client tries again, as its debug lines say.</summary>
    internal RefusedBatch? Refused { get; set; }

    /// <summary>What the last error said.</summary>
    internal string? LastErrorText { get; private set; }

    /// <summary>The last error that the client reported, 0 = none so far. Informational: librdkafka goes on trying.</summary>
    internal int LastError { get; private set; }

    internal void Register(nint conf, GCHandle self)
    {
        NativeMethods.rd_kafka_conf_set_opaque(conf, GCHandle.ToIntPtr(self));
        NativeMethods.rd_kafka_conf_set_log_cb(conf, &OnLog);
        NativeMethods.rd_kafka_conf_set_error_cb(conf, &OnError);
        if (Rebalance is not null)
        {
            NativeMethods.rd_kafka_conf_set_rebalance_cb(conf, &OnRebalance);
        }
    }

    private static ClientCallbacks? From(nint opaque) => opaque == 0 ? null : GCHandle.FromIntPtr(opaque).Target as ClientCallbacks;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnLog(nint client, int level, byte* facility, byte* text)
    {
        try
        {
            if (From(NativeMethods.rd_kafka_opaque(client)) is not { } self)
            {
                return;
            }

            if (level >= DebugLevel && self.HidesDebug)
            {
                self.Refused = RefusedBatch.Parse(Marshal.PtrToStringUTF8((nint)text) ?? "") ?? self.Refused;
                return;
            }

            // One less than librdkafka's own: what it logs it tries again, and what it gives up is thrown.
            LogLevel mapped = level switch
            {
                <= 2 => LogLevel.Critical,
                3 => LogLevel.Warning,
                <= 6 => LogLevel.Information,
                _ => LogLevel.Debug,
            };
            if (!self.Logger.IsEnabled(mapped))
            {
                return;
            }

            string said = Marshal.PtrToStringUTF8((nint)text) ?? "";
            if ((mapped == LogLevel.Debug ? said : RepeatedLines.Of(self.Logger).Say(said)) is { } line)
            {
                KafkaLog.Line(self.Logger, mapped, Marshal.PtrToStringUTF8((nint)facility) ?? "", line);
            }
        }
        catch
        {
            // A log line is lost; the process must not be.
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnError(nint client, int code, byte* reason, nint opaque)
    {
        try
        {
            if (From(opaque) is not { } self)
            {
                return;
            }

            string text = Marshal.PtrToStringUTF8((nint)reason) ?? "";
            self.LastError = code;
            self.LastErrorText = $"{text} ({KafkaErrors.Name(code)})";
            if (
                code
                is ErrorCodes.Authentication
                    or ErrorCodes.SaslAuthenticationFailed
                    or ErrorCodes.UnsupportedSaslMechanism
                    or ErrorCodes.Ssl
            )
            {
                self.Refusal = KafkaErrors.Create(code, "Connecting to a Kafka broker", Marshal.PtrToStringUTF8((nint)reason));
            }

            LogLevel level = code is ErrorCodes.Transport or ErrorCodes.AllBrokersDown or ErrorCodes.TimedOut or ErrorCodes.Resolve
                ? LogLevel.Information
                : LogLevel.Warning;
            if (self.Logger.IsEnabled(level) && RepeatedLines.Of(self.Logger).Say(text, isEcho: true) is { } line)
            {
                KafkaLog.ClientError(self.Logger, level, KafkaErrors.Name(code), line);
            }
        }
        catch
        {
            // As above.
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnRebalance(nint client, int code, RdKafkaTopicPartitionList* partitions, nint opaque)
    {
        ClientCallbacks? self = From(opaque);
        try
        {
            if (self is null)
            {
                return;
            }

            bool cooperative = Marshal.PtrToStringUTF8(NativeMethods.rd_kafka_rebalance_protocol(client)) is "COOPERATIVE";
            switch (code)
            {
                case ErrorCodes.AssignPartitions:
                    self.Rebalance!.OnAssigned(new TopicPartitionList(partitions));
                    Apply(cooperative, client, partitions, assign: true);
                    break;
                case ErrorCodes.RevokePartitions:
                    self.Rebalance!.OnRevoked(new TopicPartitionList(partitions));
                    Apply(cooperative, client, partitions, assign: false);
                    break;
                default:
                    _ = NativeMethods.rd_kafka_assign(client, null);
                    self.Failure = KafkaErrors.Create(code, "Consumer group rebalance");
                    break;
            }
        }
        catch (Exception e)
        {
            if (self is not null)
            {
                self.Failure = e;
            }

            _ = NativeMethods.rd_kafka_assign(client, null);
        }
    }

    private static void Apply(bool cooperative, nint client, RdKafkaTopicPartitionList* partitions, bool assign)
    {
        if (cooperative)
        {
            nint error = assign
                ? NativeMethods.rd_kafka_incremental_assign(client, partitions)
                : NativeMethods.rd_kafka_incremental_unassign(client, partitions);
            KafkaErrors.ThrowIfError(error, "Consumer group rebalance");
        }
        else
        {
            KafkaErrors.ThrowIfError(NativeMethods.rd_kafka_assign(client, assign ? partitions : null), "Consumer group rebalance");
        }
    }

    private ILogger Logger => logger;
}
