namespace Millrace.Connectors;

/// <summary>
/// The progress of a transactional sink in one process: which sequence numbers its marker covers. The marker is written in the same
/// transaction as the records, so it tells what a crashed or fenced predecessor achieved.
/// </summary>
/// <remarks><code>
///  Closed ── initialize transactions (fences predecessors, ends their open transaction), then read the marker read_committed ─► Open
///  Open ── begin, records after the marker, the marker, commit ─► Open          Open ── fenced, or outcome unknown ─► Closed
/// </code>
/// In this order: a marker read before the fence may be overtaken by a predecessor that is still committing.</remarks>
/// <param name="trustsMarker">Off only where it is shown that this would be found.</param>
internal sealed class SinkProgress(bool trustsMarker = true)
{
    /// <summary>The marker of a sink that has never committed.</summary>
    public const long None = -1;

    private long _marker = None;

    public bool IsOpen { get; private set; }

    /// <summary>The transactional id <c>{job}-{sink}-{task}</c>, the same for every process that runs the task.</summary>
    public static string TransactionalId(string job, string sink, int task) => FormattableString.Invariant($"{job}-{sink}-{task}");

    /// <summary>The producer is fenced in and the marker was read after that.</summary>
    public void Opened(long marker)
    {
        _marker = trustsMarker ? marker : None;
        IsOpen = true;
    }

    public bool MustSend(long sequence) => sequence > _marker;

    public void Committed(long marker)
    {
        if (trustsMarker)
        {
            _marker = Math.Max(_marker, marker);
        }
    }

    /// <summary>A transaction's outcome is unknown, or another producer has the id: only the marker can tell.</summary>
    public void Lost() => IsOpen = false;
}
