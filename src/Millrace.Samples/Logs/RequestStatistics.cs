namespace Millrace.Samples.Logs;

/// <summary>What is counted about requests: accumulator of the windows, in place.</summary>
public sealed class RequestStatistics
{
    /// <summary>Number of requests.</summary>
    public long Requests { get; set; }

    /// <summary>Sum of the response sizes.</summary>
    public long Bytes { get; set; }

    /// <summary>Number of requests that ended in an error.</summary>
    public long Errors { get; set; }

    /// <summary>Distribution of the response sizes.</summary>
    public QuantileSketch Sizes { get; set; } = new();

    /// <summary>Share of requests that ended in an error, in [0, 1].</summary>
    public double ErrorRate => Requests == 0 ? 0 : (double)Errors / Requests;

    /// <summary>Counts a request.</summary>
    /// <param name="entry">The request.</param>
    /// <param name="errorStatus">First status that is an error.</param>
    public void Add(in AccessLogEntry entry, int errorStatus)
    {
        Requests++;
        Bytes += entry.Bytes;
        if (entry.Status >= errorStatus)
        {
            Errors++;
        }

        Sizes.Add(entry.Bytes);
    }

    /// <summary>Adds what another one has counted.</summary>
    /// <param name="other">The other one; not changed.</param>
    public void Merge(RequestStatistics other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Requests += other.Requests;
        Bytes += other.Bytes;
        Errors += other.Errors;
        Sizes.Merge(other.Sizes);
    }
}
