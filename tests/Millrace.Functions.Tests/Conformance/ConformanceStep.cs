namespace Millrace.Functions.Tests.Conformance;

/// <summary>What happens when everything before it has been applied.</summary>
/// <param name="ResultsBefore">Results of the job that have to be there first.</param>
internal sealed record ConformanceStep(int ResultsBefore)
{
    /// <summary>How far the clock moves; then only steps move it.</summary>
    public TimeSpan ClockStep { get; init; }

    /// <summary>What comes then. Topics with records before them are inputs of the case.</summary>
    public IReadOnlyList<InputTopic> Records { get; init; } = [];
}
