using Microsoft.Extensions.Logging;

namespace Millrace.Functions.TestHost;

/// <summary>Everything that is logged, on the error stream: who started the host reads it there.</summary>
internal sealed class ErrorLog : ILoggerProvider
{
    public static void Write(string line) => Console.Error.WriteLine(line);

    public ILogger CreateLogger(string categoryName) => new Category(categoryName);

    public void Dispose() { }

    private sealed class Category(string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (IsEnabled(logLevel))
            {
                Write($"host: {logLevel} {name}: {formatter(state, exception)} {exception}");
            }
        }
    }
}
