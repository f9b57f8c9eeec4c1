using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

/// <summary>Turns native errors into <see cref="KafkaClientException"/>s that say what to do. Kept away from the hot paths.</summary>
internal static class KafkaErrors
{
    internal static string Name(int code) => Marshal.PtrToStringUTF8(NativeMethods.rd_kafka_err2name(code)) ?? "?";

    internal static string Describe(int code) => Marshal.PtrToStringUTF8(NativeMethods.rd_kafka_err2str(code)) ?? "?";

    /// <summary>Throws when <paramref name="code"/> is an error.</summary>
    internal static void ThrowIfError(int code, string subject)
    {
        if (code != ErrorCodes.NoError)
        {
            Throw(code, subject);
        }
    }

    /// <summary>Throws when an <c>rd_kafka_error_t</c> was returned, and frees it.</summary>
    internal static void ThrowIfError(nint error, string subject)
    {
        if (error != 0)
        {
            throw Take(error, subject);
        }
    }

    [DoesNotReturn]
    internal static void Throw(int code, string subject, string? detail = null) => throw Create(code, subject, detail);

    internal static KafkaClientException Create(
        int code,
        string subject,
        string? detail = null,
        bool isFatal = false,
        bool isRetriable = false,
        string? remedy = null
    )
    {
        string name = Name(code);
        string text = string.IsNullOrEmpty(detail) ? Describe(code) : detail;
        return new KafkaClientException($"{subject}: {text} ({name}). {remedy ?? Remedy(code)}".TrimEnd(), code, name, isFatal, isRetriable)
        {
            SuppressesRestarts = IsForGood(code),
        };
    }

    /// <summary>An error after which the job does better when it restarts.</summary>
    internal static KafkaClientException Restartable(int code, string message) =>
        new($"{message} ({Name(code)}).", code, Name(code), isFatal: false, isRetriable: true);

    /// <summary>Whether the cluster will answer the same again until somebody changes it, the job, or its position.</summary>
    internal static bool IsForGood(int code) =>
        code
            is ErrorCodes.OffsetOutOfRange
                or ErrorCodes.AutoOffsetReset
                or ErrorCodes.LogTruncation
                or ErrorCodes.TopicAuthorizationFailed
                or ErrorCodes.GroupAuthorizationFailed
                or ErrorCodes.ClusterAuthorizationFailed
                or ErrorCodes.TransactionalIdAuthorizationFailed
                or ErrorCodes.InvalidTransactionTimeout
                or ErrorCodes.InvalidTopic
                or ErrorCodes.Authentication
                or ErrorCodes.SaslAuthenticationFailed
                or ErrorCodes.UnsupportedSaslMechanism;

    /// <summary>Makes an exception of an <c>rd_kafka_error_t</c> and frees it.</summary>
    internal static KafkaClientException Take(nint error, string subject, string? remedy = null)
    {
        int code = NativeMethods.rd_kafka_error_code(error);
        string? text = Marshal.PtrToStringUTF8(NativeMethods.rd_kafka_error_string(error));
        bool fatal = NativeMethods.rd_kafka_error_is_fatal(error) != 0;
        bool retriable = NativeMethods.rd_kafka_error_is_retriable(error) != 0;
        NativeMethods.rd_kafka_error_destroy(error);
        return Create(code, subject, text, fatal, retriable, remedy);
    }

    private static string Remedy(int code) =>
        code switch
        {
            ErrorCodes.Transport or ErrorCodes.AllBrokersDown or ErrorCodes.Resolve =>
                "Check bootstrap.servers, and that the broker runs and its advertised address can be reached from here.",
            ErrorCodes.TimedOut => "Check that the broker is reachable and not overloaded.",
            ErrorCodes.MessageTimedOut =>
                "The broker did not acknowledge within message.timeout.ms; check that it is reachable and that enough replicas are in "
                    + "sync, or raise the timeout.",
            ErrorCodes.UnknownTopicOrPartition or ErrorCodes.UnknownTopic or ErrorCodes.UnknownPartition =>
                "Create the topic, or correct its name or partition.",
            ErrorCodes.MessageTooLarge =>
                "Raise message.max.bytes of the sink and max.message.bytes of the topic, or write smaller records.",
            ErrorCodes.TopicAuthorizationFailed => "Grant this principal Describe on the topic, and Read for a source, Write for a sink.",
            ErrorCodes.GroupAuthorizationFailed => "Grant this principal Read on the consumer group.",
            ErrorCodes.ClusterAuthorizationFailed =>
                "Grant this principal the operation on the cluster, for an idempotent producer IdempotentWrite.",
            ErrorCodes.TransactionalIdAuthorizationFailed =>
                "Grant this principal Describe and Write on the transactional ids that begin with the sink's prefix.",
            ErrorCodes.Authentication or ErrorCodes.SaslAuthenticationFailed => "Check sasl.mechanism, sasl.username and sasl.password.",
            ErrorCodes.Ssl => "Check security.protocol, ssl.ca.location and the broker's certificate.",
            ErrorCodes.OffsetOutOfRange or ErrorCodes.AutoOffsetReset =>
                "Raise the topic's retention, or accept the gap with .SetProperty(\"auto.offset.reset\", \"earliest\").",
            ErrorCodes.LogTruncation => "The log was cut off after it had been read, such as by an unclean leader election.",
            ErrorCodes.Fenced or ErrorCodes.ProducerFenced or ErrorCodes.InvalidProducerEpoch =>
                "Another producer with the same transactional.id has taken over; make sure that each job runs once, or give this one "
                    + "another name.",
            ErrorCodes.InvalidTransactionTimeout =>
                "It is above the broker's transaction.max.timeout.ms: lower it with .SetTransactionTimeout(...), to no less than the "
                    + "checkpoint interval and the longest outage to survive, "
                    + "or raise transaction.max.timeout.ms of the brokers.",
            ErrorCodes.QueueFull => "Raise queue.buffering.max.messages or queue.buffering.max.kbytes.",
            _ => "",
        };
}
