namespace Millrace.Kafka;

/// <summary>Headers that a dead letter carries beside those of the original record. All values are UTF-8 text.</summary>
public static class DeadLetterHeaders
{
    /// <summary>Topic of the original record.</summary>
    public const string Topic = "millrace-dlq-topic";

    /// <summary>Partition of the original record.</summary>
    public const string Partition = "millrace-dlq-partition";

    /// <summary>Offset of the original record.</summary>
    public const string Offset = "millrace-dlq-offset";

    /// <summary>
    /// The same each time that the same letter is written: at least once means that a letter may come again after a restart, and a reader
    /// drops what it has seen. Letters that have no single record have none.
    /// </summary>
    public const string Id = "millrace-dlq-id";

    /// <summary>Full type name and message of the exception.</summary>
    public const string Exception = "millrace-dlq-exception";

    /// <summary>
    /// Uid of the operator whose function threw, or of the source that could not read the record; letters that a source writes by itself
    /// have none.
    /// </summary>
    public const string Operator = "millrace-dlq-operator";

    /// <summary>Key that the operator worked on, as text, where it had one.</summary>
    public const string Key = "millrace-dlq-key";

    /// <summary>Window or timer that the operator worked on, as text, where it had one.</summary>
    public const string Window = "millrace-dlq-window";

    /// <summary>
    /// How the value is written where it is not the original record's: <c>json</c>. Such a letter has no record to send back.
    /// </summary>
    public const string Record = "millrace-dlq-record";

    /// <summary>How often the record has been tried: 1, or one more than this header said when the record was sent back.</summary>
    public const string Attempt = "millrace-dlq-attempt";

    /// <summary>
    /// Only in a letter that was shortened (<see cref="DeadLetterOptions.WhenTooLarge"/>, <see cref="KafkaSink.DeadLetters"/>, or a line of
    /// a file that its topic does not take), whose value, key and headers are not all of the original's: bytes of the original's value;
    /// -1 = it is null.
    /// </summary>
    public const string OriginalSize = "millrace-dlq-original-size";
}
