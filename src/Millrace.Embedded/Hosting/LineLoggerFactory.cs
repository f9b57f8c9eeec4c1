using Microsoft.Extensions.Logging;

namespace Millrace.Embedded.Hosting;

/// <summary>Logs as single lines, without stack traces.</summary>
/// <param name="minimum">Lowest level shown.</param>
/// <param name="write">Takes a line; called by any thread.</param>
/// <param name="except">An event that is not shown, because somebody else says it.</param>
internal sealed class LineLoggerFactory(LogLevel minimum, Action<string> write, EventId? except = null) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new LineLogger(categoryName, minimum, write, except);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Lines are the only provider.");

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class LineLogger(string category, LogLevel minimum, Action<string> write, EventId? except) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= minimum && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel) || eventId == except) return;
            string text = formatter(state, exception);
            if (exception is not null && !text.Contains(exception.Message, StringComparison.Ordinal)) text += " " + exception.Message;
            write($"{logLevel switch { LogLevel.Warning => "warning", >= LogLevel.Error => "error", _ => "info" }}: {category}: {text.ReplaceLineEndings(" ")}");
        }
    }
}
