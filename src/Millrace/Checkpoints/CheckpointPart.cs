namespace Millrace.Checkpoints;

/// <summary>A stored part of a checkpoint, as the manifest names it.</summary>
/// <param name="Task">Index of the task.</param>
/// <param name="Name">Name below the checkpoint's folder.</param>
/// <param name="Size">Number of bytes.</param>
/// <param name="Checksum">XxHash3 of the bytes, 16 hexadecimal digits.</param>
/// <param name="HasOperatorState">Whether every task wants the part at a restore, not just the owners of its key groups.</param>
internal sealed record CheckpointPart(int Task, string Name, long Size, string Checksum, bool HasOperatorState);
