namespace Millrace.Kafka.Transactions;

/// <summary>Where a <see cref="ProducerSlot"/> is in its cycle.</summary>
internal enum ProducerSlotState
{
    Free,
    Open,
    Prepared,
    Retained,
}
