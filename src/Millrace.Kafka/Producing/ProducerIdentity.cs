namespace Millrace.Kafka.Producing;

/// <summary>
/// What a broker knows a transactional producer by. Whoever has it can end the producer's transaction, also from another process.
/// </summary>
/// <param name="Id">Producer id.</param>
/// <param name="Epoch">Producer epoch: a newer one fences this.</param>
internal readonly record struct ProducerIdentity(long Id, short Epoch);
