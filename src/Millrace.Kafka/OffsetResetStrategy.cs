namespace Millrace.Kafka;

/// <summary>Where to begin when no position is known.</summary>
public enum OffsetResetStrategy
{
    /// <summary>With the first record that the broker still has.</summary>
    Earliest,

    /// <summary>With the next record that is written.</summary>
    Latest,

    /// <summary>Nowhere: fail.</summary>
    None,
}
