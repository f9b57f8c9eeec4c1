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

/// <summary>An object as read from a store.</summary>
/// <param name="Content">The bytes; the caller's from now on.</param>
/// <param name="ETag">The version that was read.</param>
public sealed record StoredObject(ReadOnlyMemory<byte> Content, string ETag);

/// <summary>Condition of a write.</summary>
public readonly record struct PutCondition
{
    private PutCondition(bool mustNotExist, string? etag)
    {
        MustNotExist = mustNotExist;
        ETag = etag;
    }

    /// <summary>Write in any case.</summary>
    public static PutCondition None => default;

    /// <summary>Write only if there is no object of that name.</summary>
    public static PutCondition IfAbsent => new(mustNotExist: true, etag: null);

    /// <summary>Whether the object must not exist.</summary>
    public bool MustNotExist { get; }

    /// <summary>The ETag that the object must have, if any.</summary>
    public string? ETag { get; }

    /// <summary>Write only if the object still has this ETag.</summary>
    /// <param name="etag">The ETag that an earlier call returned.</param>
    public static PutCondition IfMatch(string etag)
    {
        ArgumentException.ThrowIfNullOrEmpty(etag);
        return new(mustNotExist: false, etag);
    }

    /// <summary>Checks the condition, for stores.</summary>
    /// <param name="name">Name of the object, for the message.</param>
    /// <param name="currentETag">The object's ETag; <see langword="null"/> when there is no such object.</param>
    /// <returns>The exception to throw, or <see langword="null"/> when the write may go on.</returns>
    public PreconditionFailedException? FailureFor(string name, string? currentETag)
    {
        if (MustNotExist)
        {
            return currentETag is null
                ? null
                : new PreconditionFailedException(
                    $"Object '{name}' was to be created but exists with ETag {currentETag}: another writer was first; read it and decide "
                        + "anew."
                );
        }

        return ETag is null || string.Equals(ETag, currentETag, StringComparison.Ordinal)
            ? null
            : new PreconditionFailedException(
                $"Object '{name}' was to be replaced at ETag {ETag} but {(currentETag is null ? "is gone" : $"has ETag {currentETag}")}: "
                    + "another writer has changed it; read it and decide anew."
            );
    }
}

/// <summary>A conditional write found the object in another state than it demanded: somebody else has written it.</summary>
public sealed class PreconditionFailedException : Exception
{
    /// <summary>Creates the exception.</summary>
    public PreconditionFailedException() { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names the object and the condition.</param>
    public PreconditionFailedException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names the object and the condition.</param>
    /// <param name="innerException">The store's own error.</param>
    public PreconditionFailedException(string message, Exception innerException)
        : base(message, innerException) { }
}
