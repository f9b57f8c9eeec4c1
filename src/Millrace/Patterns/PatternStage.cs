using System.Globalization;

namespace Millrace.Patterns;

/// <summary>One named pattern of a sequence.</summary>
internal sealed record PatternStage<T>(string Name, Contiguity Contiguity)
{
    public const int Unbounded = int.MaxValue;

    /// <summary><see langword="null"/> = any event.</summary>
    public PatternCondition<T>? Condition { get; init; }

    public PatternCondition<T>? Until { get; init; }

    /// <summary>Whether a quantifier (<c>OneOrMore</c>, <c>Times</c> ...) was given.</summary>
    public bool IsQuantified { get; init; }

    public int From { get; init; } = 1;

    /// <summary>Inclusive.</summary>
    public int To { get; init; } = 1;

    public Contiguity Inner { get; init; } = Contiguity.Relaxed;

    public bool IsOptional { get; init; }

    public bool IsGreedy { get; init; }

    /// <summary>What was wrong with the calls that made this.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    public bool IsNegative => Contiguity is Contiguity.NotNext or Contiguity.NotFollow;

    public bool IsRequired => !IsNegative && !IsOptional;

    public PatternStage<T> WithError(string error) => this with { Errors = [.. Errors, error] };

    /// <summary>Everything that shapes partial matches; conditions may change between runs, this may not.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Contiguity} {Name}{{{From},{(To == Unbounded ? "" : To)}}}{(To > 1 ? $" {Inner}" : "")}{(IsOptional ? " optional" : "")}{(IsGreedy ? " greedy" : "")}{(Until is null ? "" : " until")}");
}
