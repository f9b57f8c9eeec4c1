namespace Millrace.Samples.Logs;

/// <summary>One request in a web server's access log.</summary>
/// <param name="Timestamp">When it was received, in milliseconds since the Unix epoch.</param>
/// <param name="Host">Who asked.</param>
/// <param name="Method">GET, POST, ...; <c>-</c> when the request line was not HTTP.</param>
/// <param name="Path">What was asked for, without its query.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Bytes">Size of the response body; 0 for none.</param>
public readonly record struct AccessLogEntry(long Timestamp, string Host, string Method, string Path, int Status, long Bytes);
