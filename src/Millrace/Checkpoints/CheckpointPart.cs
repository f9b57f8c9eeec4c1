namespace Millrace.Checkpoints;

/// <summary>One task's part of a checkpoint, as the manifest names it.</summary>
/// <param name="Stage">Uid of the stage.</param>
/// <param name="Task">Index of the task.</param>
/// <param name="Name">Name of the object that holds it.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Checksum">XxHash3 of its bytes.</param>
internal sealed record CheckpointPart(string Stage, int Task, string Name, long Size, ulong Checksum);
