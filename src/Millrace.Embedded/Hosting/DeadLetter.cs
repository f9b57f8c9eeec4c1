namespace Millrace.Embedded.Hosting;

/// <summary>A record that could not be processed, as it lies in a dead-letter topic.</summary>
/// <param name="Topic">Where it came from.</param>
/// <param name="Partition">Its partition there.</param>
/// <param name="Offset">Its offset there.</param>
/// <param name="Reason">What went wrong.</param>
/// <param name="Operator">The operator whose function threw; empty where it could not be read in the first place.</param>
/// <param name="IsOriginal">Whether key and value are the record's own, so that it can be sent back.</param>
/// <param name="Attempt">How often it has failed.</param>
/// <param name="Timestamp">Its timestamp.</param>
/// <param name="Key">Its key, if it has one.</param>
/// <param name="Value">Its value; <see langword="null"/> for a tombstone.</param>
/// <param name="Headers">Its own headers, and those that tell how often it has failed.</param>
/// <param name="OriginalSize">In a shortened letter the bytes of the original's value, -1 = it is null; <see langword="null"/> = the letter
/// is whole.</param>
internal sealed record DeadLetter(
    string Topic,
    int Partition,
    long Offset,
    string Reason,
    string Operator,
    bool IsOriginal,
    int Attempt,
    long Timestamp,
    byte[]? Key,
    byte[]? Value,
    IReadOnlyList<KeyValuePair<string, byte[]?>> Headers,
    int? OriginalSize
)
{
    /// <summary>
    /// Where it came from, for people. What never got into its topic has no place there, and the result of a window no topic.
    /// </summary>
    public string Origin =>
        Topic.Length == 0 ? "no single record"
        : Offset < 0 ? Topic
        : $"{Topic}[{Partition}]@{Offset}";
}
