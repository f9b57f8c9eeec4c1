using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Transactions;

/// <content>Carrying out what is decided, at once or later.</content>
internal sealed partial class TransactionCoordinator
{
    /// <summary>Carries out what is prepared. False when something failed and is tried again later.</summary>
    private async Task<bool> TryCompleteAsync(TransactionalId id)
    {
        TransactionMetadata prepared = id.Current;
        bool commit = prepared.State == TransactionState.PrepareCommit;
        try
        {
            foreach (Groups.TopicPartition partition in prepared.Partitions)
            {
                ErrorCode error = await _log.AppendMarkerAsync(
                        partition.Topic,
                        partition.Partition,
                        prepared.Producer.ProducerId,
                        prepared.Producer.Epoch,
                        commit,
                        CoordinatorEpoch,
                        _stopping.Token
                    )
                    .ConfigureAwait(false);
                // A partition that is gone needs no marker, nor one that has seen a later epoch: what was open there has ended.
                if (error is not (ErrorCode.None or ErrorCode.UnknownTopicOrPartition or ErrorCode.InvalidProducerEpoch))
                {
                    return Retry(id, error.ToString());
                }
            }

            foreach (string group in prepared.Groups)
            {
                ErrorCode error = await _groups
                    .EndTransactionAsync(group, prepared.Producer.ProducerId, commit, _stopping.Token)
                    .ConfigureAwait(false);
                if (error != ErrorCode.None)
                {
                    return Retry(id, error.ToString());
                }
            }

            await WriteAsync(id, prepared.Complete()).ConfigureAwait(false);
            return true;
        }
        catch (IOException exception)
        {
            return Retry(id, exception.Message);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The next start goes on from what is prepared.
            return false;
        }
    }

    private bool Retry(TransactionalId id, string reason)
    {
        _logger.TransactionNotCompleted(id.Current.TransactionalId, id.Current.State, reason);
        id.WakeAfter(RetryAfter);
        return false;
    }

    /// <summary>What Kafka says when its transaction topic cannot be written: clients try again.</summary>
    private ErrorCode NotWritten(TransactionalId id, IOException exception)
    {
        _logger.TransactionNotWritten(exception, id.Current.TransactionalId);
        return ErrorCode.CoordinatorNotAvailable;
    }

    /// <summary>Called under the id's lock by its timer, and once at the start.</summary>
    private void Wake(TransactionalId id)
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        if (id.Background.IsCompleted)
        {
            id.Background = Task.Run(() => WakeAsync(id));
        }
        else
        {
            id.WakeAfter(RetryAfter);
        }
    }

    private async Task WakeAsync(TransactionalId id)
    {
        if (!id.TryBegin())
        {
            id.WakeAfter(RetryAfter);
            return;
        }

        try
        {
            if (id.Current.State == TransactionState.Ongoing)
            {
                _logger.TransactionTimedOut(id.Current.TransactionalId, id.Current.Timeout);
                await WriteAsync(id, id.Current.PrepareFencingAbort()).ConfigureAwait(false);
            }

            if (id.Current.IsPrepared)
            {
                await TryCompleteAsync(id).ConfigureAwait(false);
            }
        }
        catch (IOException exception)
        {
            Retry(id, exception.Message);
        }
        finally
        {
            id.End();
        }
    }

    /// <summary>Not cancelled with the request: what is written must also become current.</summary>
    private async ValueTask WriteAsync(TransactionalId id, TransactionMetadata next)
    {
        await _journal.WriteAsync([TransactionRecords.Write(next)], CancellationToken.None).ConfigureAwait(false);
        id.Set(next, NowMs());
    }
}
