namespace Millrace.Connectors;

/// <summary>Whether a source ever ends.</summary>
public enum Boundedness
{
    /// <summary>The source ends by itself; a job of bounded sources finishes.</summary>
    Bounded,

    /// <summary>The source goes on until the job is cancelled.</summary>
    ContinuousUnbounded,
}
