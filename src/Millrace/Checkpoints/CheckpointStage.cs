namespace Millrace.Checkpoints;

/// <summary>What a manifest says of one stage.</summary>
/// <param name="Uid">Uid of the stage, unique in the job.</param>
/// <param name="Parallelism">Number of tasks.</param>
/// <param name="Operators">Uids of its operators, in the order of the chain.</param>
/// <param name="Parts">One part per task.</param>
internal sealed record CheckpointStage(string Uid, int Parallelism, IReadOnlyList<string> Operators, IReadOnlyList<CheckpointPart> Parts);
