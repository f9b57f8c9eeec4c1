using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Transactions;

/// <summary>
/// A broker's answer that is another one in a while (loading, moving, electing): <see cref="BrokerConnections"/> asks again on the same
/// connections.
/// </summary>
internal sealed class PassingErrorException(string subject, short code) : IOException($"{subject}: {KafkaErrors.Describe(code)}");
