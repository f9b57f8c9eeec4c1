using System.Globalization;

namespace Millrace.Patterns;

/// <summary>One element of a sequence: a named pattern, or a group of them.</summary>
internal sealed record PatternStage<T>(string Name, Contiguity Contiguity)
{
    public const int Unbounded = int.MaxValue;

    /// <summary><see langword="null"/> = not a group.</summary>
    public IReadOnlyList<PatternStage<T>>? Group { get; init; }

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

    /// <summary>Less than this between the event before and the first event; <see langword="null"/> = any time.</summary>
    public TimeSpan? Gap { get; init; }

    /// <summary>Less than this between the end of a repetition and the beginning of the next; <see langword="null"/> = any time.</summary>
    public TimeSpan? RepetitionGap { get; init; }

    /// <summary>What was wrong with the calls that made this.</summary>
    public IReadOnlyList<string> Errors { get; init; } = [];

    public bool IsNegative => Contiguity is Contiguity.NotNext or Contiguity.NotFollow;

    public bool IsRequired => !IsNegative && !IsOptional;

    /// <summary>Whether events that fulfil the condition end what comes after it.</summary>
    public bool IsGuarding => IsGreedy && (From != To || IsOptional);

    /// <summary>The named patterns of this, in order.</summary>
    public IEnumerable<PatternStage<T>> Leaves => Group is null ? [this] : Group.SelectMany(stage => stage.Leaves);

    /// <summary>This and all elements within.</summary>
    public IEnumerable<PatternStage<T>> All => Group is null ? [this] : Group.SelectMany(stage => stage.All).Append(this);

    public PatternStage<T> WithError(string error) => this with { Errors = [.. Errors, error] };

    /// <summary>Everything that shapes partial matches; conditions may change between runs, this may not.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Contiguity} "
                + $"{(Group is null ? Name : $"({string.Join(" -> ", Group)})")}{{{From},{(To == Unbounded ? "" : To)}"
                + $"}}{(To > 1 ? $" {Inner}" : "")}{(IsOptional ? " optional" : "")}{(IsGreedy ? " greedy" : "")}"
                + $"{(Until is null ? "" : " until")}"
        );
}

/// <summary>Which events may lie between an event of a pattern and the one before it.</summary>
internal enum Contiguity
{
    /// <summary>None (<c>Next</c>, <c>Consecutive</c>).</summary>
    Strict,

    /// <summary>Those that do not fulfil the condition (<c>FollowedBy</c>).</summary>
    Relaxed,

    /// <summary>Any (<c>FollowedByAny</c>, <c>AllowCombinations</c>).</summary>
    Any,

    /// <summary>The next event must not fulfil the condition (<c>NotNext</c>).</summary>
    NotNext,

    /// <summary>No event up to that of the following pattern may fulfil the condition (<c>NotFollowedBy</c>).</summary>
    NotFollow,
}
