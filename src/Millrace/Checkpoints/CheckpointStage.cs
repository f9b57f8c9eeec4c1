namespace Millrace.Checkpoints;

/// <summary>A stage as it was when the checkpoint was taken.</summary>
/// <param name="Uid">Uid of the stage.</param>
/// <param name="Parallelism">Number of tasks.</param>
/// <param name="Operators">Uids of its operators.</param>
internal sealed record CheckpointStage(string Uid, int Parallelism, IReadOnlyList<string> Operators);
