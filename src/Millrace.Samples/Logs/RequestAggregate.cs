using Millrace.Windows;

namespace Millrace.Samples.Logs;

/// <summary>Counts the requests of a window.</summary>
/// <param name="errorStatus">First HTTP status that is an error.</param>
internal sealed class RequestAggregate(int errorStatus) : IAggregateFunction<AccessLogEntry, RequestStatistics, RequestStatistics>
{
    public RequestStatistics CreateAccumulator() => new();

    public RequestStatistics Add(AccessLogEntry value, RequestStatistics accumulator)
    {
        accumulator.Add(value, errorStatus);
        return accumulator;
    }

    // The accumulator stays in use while lateness is allowed, so what goes out is a copy.
    public RequestStatistics GetResult(RequestStatistics accumulator)
    {
        RequestStatistics copy = new();
        copy.Merge(accumulator);
        return copy;
    }

    public RequestStatistics Merge(RequestStatistics left, RequestStatistics right)
    {
        left.Merge(right);
        return left;
    }
}
