namespace Millrace.DevBroker.Journals;

/// <summary>
/// A small durable map for what the broker itself must remember (topics, group offsets, transactions). The last value per key counts.
/// Atomicity: all changes of one <see cref="WriteAsync"/> survive a crash together or not at all. Idempotence: writing a value again
/// changes nothing. Order: writes are applied in the order in which <see cref="WriteAsync"/> was called. Buffers: the arrays belong to the
/// journal from the call on; do not change them, and not those that <see cref="Entries"/> returns. When the returned task completes, the
/// change survives kill -9, and with fsync on also the death of the machine.
/// </summary>
internal interface IJournal
{
    /// <summary>A copy of all entries, ordered by key.</summary>
    IReadOnlyList<KeyValuePair<string, byte[]>> Entries();

    /// <summary>Sets the values of keys; a null value removes its key.</summary>
    ValueTask WriteAsync(IReadOnlyList<KeyValuePair<string, byte[]?>> changes, CancellationToken cancellationToken = default);
}
