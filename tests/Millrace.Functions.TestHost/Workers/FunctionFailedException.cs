using Millrace.Functions.TestHost.Protocol;

namespace Millrace.Functions.TestHost.Workers;

/// <summary>A function has failed in its worker. The message is laid out as the real host's, which the Durable extension reads.</summary>
internal sealed class FunctionFailedException(StatusResult result)
    : Exception(
        $"Result: {result.Status}\nException: {result.Exception?.Type}: {result.Exception?.Message}\nStack: {result.Exception?.StackTrace}"
    );
