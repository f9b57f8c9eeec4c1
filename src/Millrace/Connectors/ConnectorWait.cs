namespace Millrace.Connectors;

/// <summary>What a source or sink waits for; it goes on by itself when that has come.</summary>
/// <param name="Subject">What it is, such as a partition.</param>
/// <param name="Error">What is said when it is asked for.</param>
/// <param name="Since">Since when it has been waited for.</param>
public sealed record ConnectorWait(string Subject, string Error, DateTimeOffset Since)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"waits for {Subject} since {Since.UtcDateTime:HH:mm:ss}: {Error}");
}
