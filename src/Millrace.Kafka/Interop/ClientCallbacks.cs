using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Millrace.Kafka.Interop;

/// <summary>
/// What one client's native callbacks work on. The client's opaque pointer is a <see cref="GCHandle"/> to it.
/// Nothing may be thrown through native frames, so each callback catches everything; a rebalance handler's failure is kept and thrown from the next read.
/// </summary>
internal sealed unsafe class ClientCallbacks(ILogger logger)
{
    internal IRebalanceListener? Rebalance { get; init; }

    /// <summary>A failure inside a callback, for the polling thread to throw.</summary>
    internal Exception? Failure { get; set; }

    /// <summary>The last error that the client reported, 0 = none so far. Informational: librdkafka goes on trying.</summary>
    internal int LastError { get; private set; }

    internal void Register(nint conf, GCHandle self)
    {
        NativeMethods.rd_kafka_conf_set_opaque(conf, GCHandle.ToIntPtr(self));
        NativeMethods.rd_kafka_conf_set_log_cb(conf, &OnLog);
        NativeMethods.rd_kafka_conf_set_error_cb(conf, &OnError);
        if (Rebalance is not null) NativeMethods.rd_kafka_conf_set_rebalance_cb(conf, &OnRebalance);
    }

    private static ClientCallbacks? From(nint opaque) => opaque == 0 ? null : GCHandle.FromIntPtr(opaque).Target as ClientCallbacks;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnLog(nint client, int level, byte* facility, byte* text)
    {
        try
        {
            if (From(NativeMethods.rd_kafka_opaque(client)) is not { } self) return;
            LogLevel mapped = level switch
            {
                <= 2 => LogLevel.Critical,
                3 => LogLevel.Error,
                4 => LogLevel.Warning,
                <= 6 => LogLevel.Information,
                _ => LogLevel.Debug,
            };
            if (self.Logger.IsEnabled(mapped))
                KafkaLog.Line(self.Logger, mapped, Marshal.PtrToStringUTF8((nint)facility) ?? "", Marshal.PtrToStringUTF8((nint)text) ?? "");
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
            if (From(opaque) is not { } self) return;
            self.LastError = code;
            if (self.Logger.IsEnabled(LogLevel.Warning))
                KafkaLog.ClientError(self.Logger, KafkaErrors.Name(code), Marshal.PtrToStringUTF8((nint)reason) ?? "");
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
            if (self is null) return;
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
            if (self is not null) self.Failure = e;
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
