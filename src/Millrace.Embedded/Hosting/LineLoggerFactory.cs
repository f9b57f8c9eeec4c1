using Microsoft.Extensions.Logging;

namespace Millrace.Embedded.Hosting;

/// <summary>Logs as single lines with their time, without stack traces.</summary>
/// <param name="minimum">Lowest level shown.</param>
/// <param name="write">Takes a line; called by any thread.</param>
/// <param name="except">An event that is not shown, because somebody else says it.</param>
/// <param name="time">The clock; the system's where left out.</param>
internal sealed class LineLoggerFactory(LogLevel minimum, Action<string> write, EventId? except = null, TimeProvider? time = null)
    : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new LineLogger(categoryName, minimum, write, except, time ?? TimeProvider.System);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Lines are the only provider.");

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class LineLogger(string category, LogLevel minimum, Action<string> write, EventId? except, TimeProvider time) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= minimum && logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (!IsEnabled(logLevel) || eventId == except)
            {
                return;
            }

            string text = formatter(state, exception);
            if (exception is not null && !text.Contains(exception.Message, StringComparison.Ordinal))
            {
                text += " " + exception.Message;
            }

            write(
                $"{time.GetUtcNow().UtcDateTime:HH:mm:ss} "
                    + $"{logLevel switch { LogLevel.Warning => "warning", >= LogLevel.Error => "error", _ => "info" }}: {category}: "
                    + $"{text.ReplaceLineEndings(" ")}"
            );
        }
    }
}
