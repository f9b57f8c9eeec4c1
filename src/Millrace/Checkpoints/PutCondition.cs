namespace Millrace.Checkpoints;

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
