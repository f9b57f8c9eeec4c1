using Millrace.Graph;
using Millrace.Runtime;

namespace Millrace.Embedded.Cli;

/// <summary>Says what went wrong in one message.</summary>
internal static class ErrorReport
{
    public static async Task WriteAsync(Exception failure, bool verbose, TextWriter output)
    {
        await output.WriteLineAsync(Describe(failure));
        if (verbose)
        {
            await output.WriteLineAsync(failure.ToString());
        }
        else if (failure is not (CliException or JobValidationException or IOException or UnauthorizedAccessException))
        {
            await output.WriteLineAsync("Run it again with --verbose for all details.");
        }
    }

    public static string Describe(Exception failure) =>
        failure switch
        {
            AggregateException { InnerException: { } inner } => Describe(inner),
            JobExecutionException or CliException or JobValidationException => failure.Message,
            UnauthorizedAccessException or IOException => failure.Message,
            _ => $"{failure.GetType().Name}: {failure.Message}",
        };
}
