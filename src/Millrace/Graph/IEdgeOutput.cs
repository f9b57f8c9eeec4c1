using Millrace.Batches;

namespace Millrace.Graph;

/// <summary>The sending side of an edge in one task, given by the host: channels embedded, envelopes on Azure.</summary>
internal interface IEdgeOutput
{
    /// <summary>Number of receiving tasks.</summary>
    int Targets { get; }

    /// <summary>
    /// Whether a record that goes to several tasks has to be copied for them, because they get the object itself and may change it.
    /// </summary>
    bool CopiesForTargets => false;

    /// <summary>Number of sending tasks; 0 = each sends for itself and shares the targets with nobody.</summary>
    int Senders => 0;

    /// <summary>
    /// Position (offset) of the record under way, where work that is done again must send the same record to the same task; -1 = none.
    /// </summary>
    long Position => -1;

    /// <summary>Tells all receiving tasks of a watermark. What was sent before stays before it.</summary>
    void BroadcastWatermark(long watermark);

    /// <summary>Tells all receiving tasks that this task has gone idle or active.</summary>
    void BroadcastIdle(bool idle);
}

/// <summary>The typed sending side of an edge.</summary>
internal interface IEdgeOutput<T> : IEdgeOutput
{
    /// <summary>An empty batch for a target; may wait for credit.</summary>
    RecordBatch<T> Rent(int target);

    /// <summary>Sends a rented batch; it belongs to the receiver from now on.</summary>
    void Send(int target, RecordBatch<T> batch);
}
