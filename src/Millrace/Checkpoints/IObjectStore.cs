using System.Buffers;

namespace Millrace.Checkpoints;

/// <summary>
/// The little that Millrace asks of a store: named immutable-or-swapped objects with conditional writes. Checkpoints, savepoints and
/// ledgers are all kept through it, in memory, in a directory or in blob storage.
/// <para>Atomicity: a reader sees an object wholly before or wholly after a <see cref="PutAsync"/>, never in between, also across a crash.
/// Durability: when a write returns, it survives a crash of the process (directory: of the machine when <c>fsync</c> is on).
/// Idempotence: an unconditional put of the same bytes may be repeated; a conditional one that fails with a lost reply may in fact have
/// been carried out, so its caller must read back. Buffers: the store does not keep a reference to the caller's bytes after the returned
/// task has ended.</para>
/// </summary>
public interface IObjectStore
{
    /// <summary>Writes an object.</summary>
    /// <param name="name">Name, as <see cref="ObjectNames"/> says. No object may be named like a folder of another one.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="condition">What must be so for the write to happen.</param>
    /// <param name="cancellationToken">Ends the wait; the write may or may not have happened.</param>
    /// <returns>The new ETag: changes with every write.</returns>
    /// <exception cref="PreconditionFailedException">The condition does not hold; nothing was written.</exception>
    Task<string> PutAsync(string name, ReadOnlySequence<byte> content, PutCondition condition, CancellationToken cancellationToken);

    /// <summary>Reads an object.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The bytes and the ETag, or <see langword="null"/> when there is no such object.</returns>
    Task<StoredObject?> GetAsync(string name, CancellationToken cancellationToken);

    /// <summary>Lists the names that begin with a prefix, in ordinal order.</summary>
    /// <param name="prefix">The prefix.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes an object if it is there.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task DeleteAsync(string name, CancellationToken cancellationToken);
}
