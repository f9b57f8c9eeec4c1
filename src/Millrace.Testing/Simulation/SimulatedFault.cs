namespace Millrace.Testing.Simulation;

/// <summary>A kind of disturbance that the simulator can inject.</summary>
public enum SimulatedFault
{
    /// <summary>A process dies before a call leaves it.</summary>
    CrashBeforeCall,

    /// <summary>A process dies after a call took effect, before the reply arrives.</summary>
    CrashAfterCall,

    /// <summary>A process stands still past its session and its leases, and then goes on.</summary>
    Pause,

    /// <summary>A process joins.</summary>
    ScaleOut,

    /// <summary>A process leaves in good order.</summary>
    ScaleIn,

    /// <summary>All processes go away; some come back later.</summary>
    ScaleToZero,

    /// <summary>The clock of a process jumps, forwards or backwards.</summary>
    ClockJump,

    /// <summary>The consumer group moves partitions while batches of theirs run.</summary>
    Rebalance,

    /// <summary>The consumer group forgets its last commits: records are delivered again.</summary>
    CommitForgotten,

    /// <summary>A batch failed, and its offsets are committed all the same.</summary>
    CommitOnFailure,

    /// <summary>The function that handles a batch throws after it has sent.</summary>
    FunctionThrows,

    /// <summary>A blob operation fails without effect.</summary>
    BlobError,

    /// <summary>A blob write takes effect, but its caller sees an error.</summary>
    BlobReplyLost,

    /// <summary>A blob operation takes seconds.</summary>
    BlobSlow,

    /// <summary>Sending a signal fails without effect.</summary>
    SignalError,

    /// <summary>A signal is accepted, but its sender sees an error.</summary>
    SignalReplyLost,

    /// <summary>A signal arrives twice.</summary>
    SignalDuplicated,

    /// <summary>A signal arrives seconds later than those after it.</summary>
    SignalDelayed,

    /// <summary>A signal from a source never arrives.</summary>
    SignalLost,

    /// <summary>An entity's host dies while the batch's outgoing messages are being enqueued; its state is not saved.</summary>
    EntityCrashWhileSending,

    /// <summary>An entity's host dies after the state was saved, before the inputs were deleted: they come again.</summary>
    EntityCrashBeforeDelete,

    /// <summary>An entity's lease is lost while its batch runs: two hosts run it at once.</summary>
    EntityLeaseLost,

    /// <summary>An operation of an entity throws in its middle.</summary>
    OperationThrows,

    /// <summary>A sink refuses a batch, or takes a part of it and fails.</summary>
    SinkError,

    /// <summary>A sink takes a batch or commits a transaction, but its caller sees an error.</summary>
    SinkReplyLost,

    /// <summary>A tick of the timer does not happen.</summary>
    TickLost,

    /// <summary>A tick of the timer happens twice at once.</summary>
    TickDoubled,

    /// <summary>
    /// The process that runs an entity's batch dies and its host, which lives, takes the operations for failed: their messages are gone,
    /// the state stays as it was.
    /// </summary>
    EntityBatchLost,

    /// <summary>Somebody stops the job with a savepoint, and lets it go on at once or later.</summary>
    SavepointTaken,

    /// <summary>Somebody stops the job with a savepoint and starts it from there, with a rolling update.</summary>
    Restored,

    /// <summary>The storage account refuses everything for up to a quarter of a minute.</summary>
    StorageAway,

    /// <summary>
    /// The messages that a dead process had taken from an entity's queue stay invisible for up to a minute, and with them what the same
    /// senders send later.
    /// </summary>
    MessagesInvisible,

    /// <summary>A transaction of another producer is aborted in the input topic: offsets whose records nobody sees.</summary>
    TransactionAborted,

    /// <summary>A transaction of another producer stays open for seconds: nothing behind it can be read; then it is aborted.</summary>
    TransactionOpen,

    /// <summary>The brokers answer nobody for up to a third of a minute: no trigger, no look into topics, no sink.</summary>
    BrokersAway,

    /// <summary>Records that were processed long ago are deleted from the input topic.</summary>
    RecordsExpired,

    /// <summary>
    /// While the app is down an input topic is deleted and created again, with other records: the job must refuse to go on.
    /// </summary>
    TopicRecreated,

    /// <summary>All entities move to other hosts while their batches run.</summary>
    LeasesMoved,

    /// <summary>A rolling update to a version of the app that lists the topics of its source in the other order.</summary>
    TopicsSwapped,

    /// <summary>A start from a savepoint that has not happened yet is taken back, and the job is resumed.</summary>
    RestoreWithdrawn,

    /// <summary>The job is started from a savepoint behind which it has gone on: what came later is done again.</summary>
    RestoredOlder,

    /// <summary>While a savepoint is taken, another process is asked to stop the job with one.</summary>
    SavepointTakenToo,

    /// <summary>The store loses its last write of a ledger. Only where the source sends records, not aggregates.</summary>
    LedgerSetBack,
}
