namespace Millrace.Checkpoints;

/// <summary>State of one key group.</summary>
/// <param name="KeyGroup">The key group.</param>
/// <param name="Data">The bytes as they were written.</param>
public readonly record struct KeyGroupSection(int KeyGroup, ReadOnlyMemory<byte> Data);
