using Millrace.Operators;

namespace Millrace.Benchmarks.Operators;

internal sealed class FixedTime : IProcessingTimeService
{
    public long Now => 0;

    public void Execute(Action action) => action();

    public void Register(long timestamp, IProcessingTimeCallback callback) { }
}
