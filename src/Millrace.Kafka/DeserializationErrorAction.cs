namespace Millrace.Kafka;

/// <summary>What to do with a record that cannot be deserialized.</summary>
public enum DeserializationErrorAction
{
    /// <summary>Fail the run: it restarts from the last checkpoint, and meets the record again.</summary>
    Fail,

    /// <summary>Leave the record out and log it.</summary>
    Skip,

    /// <summary>Send the record's original bytes to the dead-letter topic and go on.</summary>
    DeadLetter,
}
