namespace Millrace.Embedded.Cli;

/// <summary>Where a command writes: results to <paramref name="Out"/>, everything about the run to <paramref name="Error"/>.</summary>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="IsTerminal">Whether output may be redrawn; otherwise it is line by line.</param>
internal sealed record CliConsole(TextWriter Out, TextWriter Error, bool IsTerminal);
