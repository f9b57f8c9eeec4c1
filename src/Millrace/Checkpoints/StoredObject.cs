namespace Millrace.Checkpoints;

/// <summary>An object as read from a store.</summary>
/// <param name="Content">The bytes; the caller's from now on.</param>
/// <param name="ETag">The version that was read.</param>
public sealed record StoredObject(ReadOnlyMemory<byte> Content, string ETag);
