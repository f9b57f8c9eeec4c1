using System.Collections.Concurrent;

namespace Millrace.Functions.Tests.Runner;

/// <summary>What went through the host's output binding.</summary>
internal sealed class RunnerOutputs
{
    public ConcurrentQueue<string> Records { get; } = new();

    public Task WriteAsync(string record)
    {
        Records.Enqueue(record);
        return Task.CompletedTask;
    }
}
