using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Millrace.App;

/// <summary>What the worker logs unless a setting <c>Logging__LogLevel__...</c> says otherwise: warnings, and what Millrace says.</summary>
internal static class QuietLogs
{
    private const string Millrace = "Millrace";

    /// <param name="logging">The worker's logging.</param>
    public static void AddTo(ILoggingBuilder logging)
    {
        // The host takes a worker's lines by the execution that they belong to and drops the others, such as those of the start. What a
        // worker writes to its console it takes always; there, warnings are worth saying twice.
        logging.AddSimpleConsole(static console => console.SingleLine = true);
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.Services.PostConfigure<LoggerFilterOptions>(static options =>
        {
            AddUnlessThere(options, provider: null, Millrace, LogLevel.Information);
            AddUnlessThere(options, typeof(ConsoleLoggerProvider).FullName, category: null, LogLevel.Warning);
        });
    }

    private static void AddUnlessThere(LoggerFilterOptions options, string? provider, string? category, LogLevel level)
    {
        if (!options.Rules.Any(rule => rule.ProviderName == provider && rule.CategoryName == category))
        {
            options.Rules.Add(new LoggerFilterRule(provider, category, level, filter: null));
        }
    }
}
