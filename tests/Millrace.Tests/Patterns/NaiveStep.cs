using Millrace.Patterns;

namespace Millrace.Tests.Patterns;

/// <summary>The next event of a match, said by what it must be and what may lie before it; without a stage, the end of the match.</summary>
internal sealed record NaiveStep(StageSpec? Stage)
{
    public Contiguity Contiguity { get; init; }

    /// <summary>None of the events up to and with the next may fit these.</summary>
    public StageSpec[] Stops { get; init; } = [];

    /// <summary>The event right after must not fit these.</summary>
    public StageSpec[] FirstStops { get; init; } = [];

    /// <summary>None of the events up to and with the next may fit these, until one ends them.</summary>
    public StageSpec[] Guards { get; init; } = [];

    /// <summary>The next event must not end these.</summary>
    public StageSpec[] TakeUntils { get; init; } = [];

    /// <summary>No event before the next may end these.</summary>
    public StageSpec[] IgnoreUntils { get; init; } = [];

    /// <summary>Milliseconds; 0 = no limit.</summary>
    public int Gap { get; init; }

    /// <summary>The steps that may come after.</summary>
    public Func<IEnumerable<NaiveStep>> Then { get; init; } = () => [];
}
