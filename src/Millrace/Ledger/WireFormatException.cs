namespace Millrace.Ledger;

/// <summary>Bytes that are not what their place promises: truncated, of a newer version, or of something else.</summary>
internal sealed class WireFormatException(string message) : Exception(message);
