using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Millrace.Kafka.Tests;

/// <summary>Keeps the warnings that are logged.</summary>
internal sealed class RecordingLoggers : ILoggerFactory, ILogger
{
    internal ConcurrentQueue<string> Warnings { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
        // It is its own.
    }

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
            Warnings.Enqueue(formatter(state, exception));
        }
    }

    public void Dispose()
    {
        // Nothing to dispose.
    }
}
