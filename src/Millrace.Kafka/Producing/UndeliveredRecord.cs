using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Producing;

/// <summary>What becomes of a record that was not delivered.</summary>
internal unsafe delegate void UndeliveredRecord(RdKafkaMessage* message);
