using Millrace.Kafka.Consuming;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Producing;

internal sealed unsafe partial class RawProducer
{
    // Short enough for a cancellation to be noticed, long enough to cost nothing.
    private const int SliceMs = 200;

    private long? _began;

    /// <summary>Id and epoch from the last statistics; needs <c>statistics.interval.ms</c>.</summary>
    internal ProducerIdentity? Identity { get; private set; }

    /// <summary>Registers the <c>transactional.id</c>: fences older producers with it and aborts what they left open.</summary>
    internal void InitTransactions(TimeSpan timeout, CancellationToken cancellationToken)
    {
        // Asked before a broker is connected, librdkafka asks again only half a second later.
        _ = OffsetQueries.Connect(_client, TimeSpan.FromMilliseconds(SliceMs));
        Repeat(
            $"Registering transactional.id '{_transactionalId}' with a transaction timeout of {_transactionTimeout}",
            &NativeMethods.rd_kafka_init_transactions,
            timeout,
            cancellationToken
        );
    }

    /// <summary>Starts a transaction. Local: the broker hears of it with the first record.</summary>
    internal void BeginTransaction()
    {
        KafkaErrors.ThrowIfError(NativeMethods.rd_kafka_begin_transaction(_client), "Beginning a transaction");
        _began = _time.GetTimestamp();
    }

    /// <summary>Commits the open transaction. After a <see cref="TimeoutException"/> the outcome is unknown.</summary>
    internal void CommitTransaction(TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            Repeat("Committing a transaction", &NativeMethods.rd_kafka_commit_transaction, timeout, cancellationToken);
        }
        catch (KafkaClientException)
        {
            // Where records were refused, that is the cause, and it names their topic.
            PollEvents(0);
            ThrowIfFailed();
            throw;
        }

        _began = null;
    }

    /// <summary>Aborts the open transaction and forgets its failures.</summary>
    internal void AbortTransaction(TimeSpan timeout, CancellationToken cancellationToken)
    {
        Repeat("Aborting a transaction", &NativeMethods.rd_kafka_abort_transaction, timeout, cancellationToken);
        _began = null;
        PollEvents(0);
        _failures.Reset();
    }

    /// <summary>Waits for the broker-given id of a producer that has been registered.</summary>
    internal ProducerIdentity WaitForIdentity(TimeSpan timeout, CancellationToken cancellationToken)
    {
        const int WaitMs = 20;
        long start = _time.GetTimestamp();
        while (Identity is null)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_time.GetElapsedTime(start) > timeout)
            {
                throw new TimeoutException(
                    $"Kafka producer: librdkafka's statistics showed no producer id within {timeout}. Leave statistics.interval.ms at its "
                        + "default of this sink."
                );
            }

            PollEvents(WaitMs);
            ThrowIfFailed();
        }

        return Identity.Value;
    }

    // The broker gives one answer to a producer that another has fenced and to one whose transaction has timed out: it fences in both
    // cases. Only the clock tells them apart.
    private string? RemedyIfTimedOut(int code)
    {
        if (
            _began is not { } began
            || code
                is not (
                    ErrorCodes.Fenced
                    or ErrorCodes.ProducerFenced
                    or ErrorCodes.InvalidProducerEpoch
                    or ErrorCodes.InvalidTransactionState
                    or ErrorCodes.InvalidProducerIdMapping
                )
        )
        {
            return null;
        }

        TimeSpan open = _time.GetElapsedTime(began);
        return open < _transactionTimeout
            ? null
            : $"The transaction was open for {open.TotalSeconds:0.#} s, longer than its timeout of {_transactionTimeout}, so the broker "
                + "has most likely aborted it. Raise it with .SetTransactionTimeout(...) above the checkpoint "
                + "interval, the longest checkpoint and the longest restart together, or find out why the checkpoint took so long. If it "
                + "was in time, a second instance of the job, or another job with the same transactional.id, has taken over.";
    }

    // csharpier-ignore - dotnet format wants no blank in a function pointer
    private void Repeat(string subject, delegate*<KafkaHandle, int, nint> call, TimeSpan timeout, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long called = _time.GetTimestamp();
            nint error = call(_client, SliceMs);
            if (error == 0)
            {
                _stall.End();
                return;
            }

            // A repeated call goes on where the last one timed out.
            KafkaClientException failure = KafkaErrors.Take(error, subject, RemedyIfTimedOut(NativeMethods.rd_kafka_error_code(error)));
            if (!failure.IsRetriable)
            {
                throw FatalError() ?? failure;
            }

            if (_time.GetElapsedTime(start) > timeout)
            {
                throw new TimeoutException($"{failure.Message} No success within {timeout}.", failure);
            }

            _stall.Check(start, $"transactional.id '{_transactionalId}'", failure.Message);
            int rest = SliceMs - (int)_time.GetElapsedTime(called).TotalMilliseconds;
            PollEvents(Math.Max(rest, 0));
        }
    }
}
