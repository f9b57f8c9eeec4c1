namespace Millrace.Graph;

/// <summary>An edge's sending side that knows how many tasks send.</summary>
internal interface IRescaleOutput
{
    int SourceTasks { get; }
}
