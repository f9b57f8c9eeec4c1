using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Millrace.Functions.Tests.Runner;

/// <summary>What was logged, for a failing test's message.</summary>
internal sealed class RunnerLogs : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public string Text => string.Join('\n', _lines.TakeLast(60));

    public void Note(string line) => _lines.Enqueue(line);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => Note($"{logLevel} {formatter(state, exception)} {exception}");

    public void Dispose()
    {
        // Lines stay readable.
    }
}
