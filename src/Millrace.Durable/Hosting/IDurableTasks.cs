using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>A host's way to the keyed tasks, from outside of them. Thread-safe.</summary>
internal interface IDurableTasks
{
    /// <summary>Sends a message; may be delivered late, twice or out of order. Returns when the host has taken it.</summary>
    Task SignalAsync(Stage stage, int task, string operation, byte[] content, CancellationToken cancellationToken);

    /// <summary>The last committed state of a task; empty where there is none.</summary>
    /// <param name="stage">The task's stage.</param>
    /// <param name="task">Its index.</param>
    /// <param name="isWhole">Whether with what it keeps per key: without, only the protocol's part means anything.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<TaskImage> ReadStateAsync(Stage stage, int task, bool isWhole, CancellationToken cancellationToken);

    /// <summary>Hands records to the host's fire-and-forget output. Records with the same <paramref name="batch"/> are the same.</summary>
    Task EmitBestEffortAsync(string sinkUid, string batch, IReadOnlyList<DurableSinkRecord> records, CancellationToken cancellationToken);
}

/// <summary>A keyed task's state as bytes.</summary>
/// <param name="Head">The protocol's state, and what the task's logic writes whole.</param>
/// <param name="Parts">What the logic keeps per key, oldest first, where that is not with the rest.</param>
internal readonly record struct TaskImage(ReadOnlyMemory<byte> Head, IReadOnlyList<ReadOnlyMemory<byte>> Parts)
{
    public static TaskImage Empty { get; } = new(default, []);
}

/// <summary>What a keyed task is asked to do, as hosts name it on the wire.</summary>
internal static class DurableOperation
{
    public const string Envelope = "envelope";
    public const string Progress = "progress";
    public const string Flush = "flush";
    public const string Acknowledge = "acknowledge";
    public const string Freeze = "freeze";
    public const string Thaw = "thaw";
}

/// <summary>An operation of the batch under way, kept until the state after it is saved.</summary>
internal sealed class AppliedOperation(string name)
{
    public string Name => name;

    /// <summary>The message of anything but an envelope.</summary>
    public ReadOnlyMemory<byte> Content { get; init; }

    public Envelope? Envelope { get; init; }

    /// <summary>Why what came as an envelope is none.</summary>
    public InvalidDataException? Damage { get; init; }

    /// <summary>Whether it failed: its envelope is parked instead.</summary>
    public bool HasFailed { get; set; }
}
