namespace Millrace.DevBroker.Transactions;

/// <summary>A producer's id and the epoch that tells its incarnations apart.</summary>
internal readonly record struct ProducerIdentity(long ProducerId, short Epoch)
{
    /// <summary>No producer.</summary>
    public static readonly ProducerIdentity None = new(-1, -1);
}
