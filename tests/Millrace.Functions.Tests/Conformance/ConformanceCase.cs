using Millrace.Api;

namespace Millrace.Functions.Tests.Conformance;

/// <summary>A job with its input, run on every host.</summary>
/// <param name="Create">Makes the job; each host gets its own.</param>
/// <param name="Inputs">What it reads.</param>
/// <param name="Outputs">Topics that it writes.</param>
/// <param name="Comparison">What has to be equal.</param>
internal sealed record ConformanceCase(
    Func<IStreamJob> Create,
    IReadOnlyList<InputTopic> Inputs,
    IReadOnlyList<string> Outputs,
    Comparison Comparison
)
{
    public string Name { get; } = Create().Name;

    /// <summary>Parameters of the job, for all hosts.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Tasks per stage: embedded, and in the function app. Different where the result does not depend on it.</summary>
    public (int Embedded, int Functions) Parallelism { get; init; } = (2, 3);

    /// <summary>What happens after the input. Without steps, event time ends with the input.</summary>
    public IReadOnlyList<ConformanceStep> Steps { get; init; } = [];

    /// <summary>Results after the last step.</summary>
    public int ResultsAfterSteps { get; init; }

    /// <summary>Outputs that may stay empty: the job writes them only when something is wrong.</summary>
    public IReadOnlyList<string> QuietOutputs { get; init; } = [];

    public bool IsDriven => Steps.Any(step => step.ClockStep > TimeSpan.Zero);

    /// <summary>Records of an input topic, those of the steps included.</summary>
    public int RecordsOf(InputTopic input) =>
        Steps
            .SelectMany(step => step.Records)
            .Append(input)
            .Where(each => string.Equals(each.Name, input.Name, StringComparison.Ordinal))
            .Sum(each => each.Records.Count);
}
