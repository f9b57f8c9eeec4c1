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
}
