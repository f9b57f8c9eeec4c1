namespace Millrace.Functions.Jobs;

/// <summary>The state of a task's entity, as the framework serializes it: the bytes, or where they are.</summary>
/// <param name="Bytes">Protocol state and engine snapshot, unless they are in a blob.</param>
/// <param name="Blob">Name of the blob that holds them.</param>
/// <param name="Garbage">Blobs that earlier states pointed to; deleted by a batch that has loaded this state, since only then is it
/// durable.</param>
public sealed record TaskState(byte[]? Bytes, string? Blob, IReadOnlyList<string> Garbage);
