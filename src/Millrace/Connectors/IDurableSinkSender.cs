namespace Millrace.Connectors;

/// <summary>Sends encoded records from a task's outbox. One call at a time.</summary>
public interface IDurableSinkSender : IAsyncDisposable
{
    /// <summary>
    /// Returns when all records are durable at the destination: acknowledged, or committed together with a progress marker. With
    /// exactly-once, records at or below the marker are left out, so a repeated call does no harm.
    /// </summary>
    /// <param name="records">The records, in order of sequence.</param>
    /// <param name="cancellationToken">Ends the wait; the records may or may not have been sent.</param>
    /// <exception cref="InvalidOperationException">Another process sends for the same task (it is fenced), or the destination
    /// refused.</exception>
    Task SendAsync(IReadOnlyList<DurableSinkRecord> records, CancellationToken cancellationToken);
}
