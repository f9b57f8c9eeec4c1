using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Millrace.DevBroker.Hosting;

/// <summary>Logs lines of text to a writer. A console logger would do the same, but costs a good part of the time to start.</summary>
internal sealed class WriterLoggerFactory(TextWriter writer, LogLevel level, TimeProvider time) : ILoggerFactory
{
    private readonly Lock _lock = new();

    public ILogger CreateLogger(string categoryName) => new WriterLogger(this, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("This factory writes to one writer only.");

    public void Dispose() { }

    private void Write(LogLevel at, string category, string message, Exception? failure)
    {
        string now = time.GetUtcNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        lock (_lock)
        {
            writer.WriteLine(
                failure is null ? $"{now} {at} {category}: {message}" : $"{now} {at} {category}: {message}{Environment.NewLine}{failure}"
            );
        }
    }

    private sealed class WriterLogger(WriterLoggerFactory factory, string category) : ILogger
    {
        private readonly LogLevel _level = factory.Level;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= _level && logLevel != LogLevel.None;

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
                factory.Write(logLevel, category, formatter(state, exception), exception);
            }
        }
    }

    private LogLevel Level { get; } = level;
}
