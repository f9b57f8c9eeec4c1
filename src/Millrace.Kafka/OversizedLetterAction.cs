namespace Millrace.Kafka;

/// <summary>What happens to a dead letter that its topic does not take because it is too large.</summary>
public enum OversizedLetterAction
{
    /// <summary>The run fails, with an error that names the record.</summary>
    Fail,

    /// <summary>
    /// The letter is shortened: the beginning of the value, the place of the original and its size. <c>dlq redrive</c> fetches the original
    /// from there while its topic has it.
    /// </summary>
    Shorten,
}
