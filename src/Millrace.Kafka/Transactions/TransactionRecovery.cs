using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Transactions;

/// <summary>
/// Brings the transactions of earlier runs to the state that a checkpoint says: commits those it holds, and aborts all others under the
/// same transactional ids. Each transactional id of a former task is looked after by exactly one task now.
/// </summary>
internal sealed class TransactionRecovery(
    CoordinatorClient coordinators,
    TransactionalIds ids,
    TimeSpan transactionTimeout,
    bool ignoreLost,
    ConnectorContext context,
    ILogger logger
)
{
    /// <summary>Runs the recovery.</summary>
    /// <param name="committables">What all former tasks left in the checkpoint.</param>
    /// <param name="cancellationToken">Ends the waits.</param>
    internal async Task RunAsync(IReadOnlyList<SinkCommittable> committables, CancellationToken cancellationToken)
    {
        HashSet<string> held = new(StringComparer.Ordinal);
        int tasks = context.Parallelism;
        foreach (SinkCommittable committable in committables)
        {
            tasks = Math.Max(tasks, committable.Parallelism);
            foreach (PreparedTransaction transaction in committable.Transactions)
            {
                held.Add(transaction.TransactionalId);
                if (IsMine(committable.Task))
                {
                    await CommitAsync(transaction, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        for (int task = context.TaskIndex; task < tasks; task += context.Parallelism)
        {
            await AbortOthersAsync(task, held, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsMine(int formerTask) => formerTask % context.Parallelism == context.TaskIndex;

    private async Task CommitAsync(PreparedTransaction transaction, CancellationToken cancellationToken)
    {
        short code = await coordinators
            .CommitAsync(transaction.TransactionalId, transaction.Producer, cancellationToken)
            .ConfigureAwait(false);
        if (code == ErrorCodes.NoError)
        {
            Log.TransactionRecovered(logger, context.OperatorUid, context.TaskIndex, transaction.TransactionalId, transaction.CheckpointId);
            return;
        }

        KafkaClientException lost = Lost(transaction, code);
        if (!ignoreLost || !IsGone(code))
        {
            throw lost;
        }

        Log.TransactionLost(logger, lost, context.OperatorUid, context.TaskIndex);
    }

    // The answers that mean: it is not there any more, and will not be at the next attempt either.
    private static bool IsGone(short code) =>
        code
            is ErrorCodes.InvalidTransactionState
                or ErrorCodes.InvalidProducerEpoch
                or ErrorCodes.ProducerFenced
                or ErrorCodes.InvalidProducerIdMapping
                or ErrorCodes.UnknownProducerId;

    private KafkaClientException Lost(PreparedTransaction transaction, short code) =>
        new(
            $"Kafka sink '{context.OperatorUid}': transaction '{transaction.TransactionalId}' (producer {transaction.Producer.Id}, epoch "
                + $"{transaction.Producer.Epoch}) of checkpoint "
                + $"{transaction.CheckpointId} cannot be committed: {KafkaErrors.Describe(code)} ({KafkaErrors.Name(code)})."
                + (
                    IsGone(code)
                        ? $" {Cause(code)} Its records are lost to this checkpoint: restore an older savepoint to write them again, or "
                            + "accept the loss with .SetIgnoreLostTransactions(true)."
                        : " Check the principal's rights on the transactional id."
                ),
            code,
            KafkaErrors.Name(code),
            isFatal: false,
            isRetriable: false
        )
        {
            SuppressesRestarts = IsGone(code) || KafkaErrors.IsForGood(code),
        };

    // The broker does not tell these causes apart.
    private string Cause(short code) =>
        code is ErrorCodes.InvalidProducerIdMapping or ErrorCodes.UnknownProducerId
            ? "The broker has forgotten it: the job was down for longer than the broker's transactional.id.expiration.ms (7 days by "
                + "default), or the cluster is another one than the checkpoint's."
            : "It has been aborted, or committed and the id used again. Either the job has run on since this checkpoint or savepoint (then "
                + "it is committed, and nothing is lost); or a second instance of the job, or another job whose transactional ids begin "
                + "the same, has taken the id over (run each job once, and give each a "
                + ".SetTransactionalIdPrefix(...) of its own); or the job was down for longer than the transaction timeout of "
                + $"{transactionTimeout} (raise .SetTransactionTimeout(...), and the broker's "
                + "transaction.max.timeout.ms where it is lower); or somebody has aborted it with kafka-transactions.sh --abort.";

    private async Task AbortOthersAsync(int task, HashSet<string> held, CancellationToken cancellationToken)
    {
        // Slots beyond the first few are only used when checkpoints fail; the first one that nobody has ever used ends the search.
        for (int slot = 0; slot < TransactionalIds.MaxSlots; slot++)
        {
            string id = ids.Of(task, slot);
            if (held.Contains(id))
            {
                continue;
            }

            short epoch = await coordinators.FenceAsync(id, transactionTimeout, cancellationToken).ConfigureAwait(false);
            Log.TransactionAborted(logger, context.OperatorUid, context.TaskIndex, id);
            if (epoch == 0 && slot >= TransactionalIds.UsualSlots - 1)
            {
                return;
            }
        }
    }
}
