namespace Millrace.Infra.Tests.Support;

internal sealed record ToolResult(int ExitCode, string Output, string Errors);
