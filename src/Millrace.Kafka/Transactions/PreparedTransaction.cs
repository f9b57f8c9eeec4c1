using Millrace.Kafka.Producing;

namespace Millrace.Kafka.Transactions;

/// <summary>A transaction whose records are all written, and which waits for its checkpoint to be complete.</summary>
/// <param name="TransactionalId">Its transactional id.</param>
/// <param name="Producer">Id and epoch of its producer.</param>
/// <param name="CheckpointId">The checkpoint that it belongs to.</param>
internal sealed record PreparedTransaction(string TransactionalId, ProducerIdentity Producer, long CheckpointId);
