namespace Millrace.Connectors;

/// <summary>What a call of <see cref="ISourceReader{T}.Read"/> found.</summary>
public enum ReadStatus
{
    /// <summary>Records were emitted; more may be there at once.</summary>
    MoreAvailable,

    /// <summary>Nothing is there now.</summary>
    NothingAvailable,

    /// <summary>All splits have been read to their ends and no more will come.</summary>
    EndOfInput,
}
