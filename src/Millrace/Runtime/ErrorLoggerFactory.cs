using Microsoft.Extensions.Logging;

namespace Millrace.Runtime;

/// <summary>Writes warnings and errors as lines to standard error: for programs that have set no logger.</summary>
/// <param name="output">Where to write; <see langword="null"/> = standard error.</param>
internal sealed class ErrorLoggerFactory(TextWriter? output = null) : ILoggerFactory
{
    public static ErrorLoggerFactory Instance { get; } = new();

    public ILogger CreateLogger(string categoryName) => new ErrorLogger(categoryName, output);

    public void AddProvider(ILoggerProvider provider) =>
        throw new NotSupportedException("Standard error is the only provider; set LoggerFactory to a factory of your own.");

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class ErrorLogger(string category, TextWriter? output) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Warning and < LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (!IsEnabled(logLevel))
            {
                return;
            }

            string text = formatter(state, exception);
            if (exception is not null && !text.Contains(exception.Message, StringComparison.Ordinal))
            {
                text += " " + exception.Message;
            }

            (output ?? Console.Error).WriteLine(
                $"{(logLevel is LogLevel.Warning ? "warning" : "error")}: {category}: {text.ReplaceLineEndings(" ")}"
            );
        }
    }
}
