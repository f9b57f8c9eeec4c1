using Microsoft.Extensions.Logging;

namespace Millrace.Tests.Checkpoints;

/// <summary>Keeps the warnings that were logged, and their exceptions.</summary>
internal sealed class ListLogger : ILogger
{
    public List<Exception> Warnings { get; } = [];

    public List<string> Messages { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (logLevel == LogLevel.Warning)
        {
            Messages.Add(formatter(state, exception));
            if (exception is not null)
            {
                Warnings.Add(exception);
            }
        }
    }
}
