using Millrace.Connectors;

namespace Millrace.Samples.Nexmark;

/// <summary>Measures a query from outside: says when its generated events are due, and takes its results.</summary>
public abstract class NexmarkProbe
{
    /// <summary>Events per second, over all tasks.</summary>
    public abstract double EventsPerSecond { get; }

    /// <summary>When the first event is due, as a timestamp of the job's clock.</summary>
    public abstract long FirstDue { get; }

    /// <summary>The sink of the results.</summary>
    /// <typeparam name="T">Type of the results.</typeparam>
    public abstract ISink<T> SinkOf<T>();
}
