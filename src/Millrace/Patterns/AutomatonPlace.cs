using System.Globalization;

namespace Millrace.Patterns;

/// <summary>A place in a pattern while it is compiled: an element of a sequence, or its end, and the groups around it.</summary>
internal sealed record AutomatonPlace<T>(IReadOnlyList<PatternStage<T>> Stages, int Index, AutomatonPlace<T>.Frame? Around)
{
    public bool IsEnd => Index == Stages.Count;

    public PatternStage<T> Stage => Stages[Index];

    public AutomatonPlace<T> After => this with { Index = Index + 1 };

    /// <summary>The groups around this, the innermost first.</summary>
    public IEnumerable<PatternStage<T>> Groups
    {
        get
        {
            for (Frame? frame = Around; frame is not null; frame = frame.Place.Around)
            {
                yield return frame.Place.Stage;
            }
        }
    }

    /// <summary>Tells places apart.</summary>
    public string Id =>
        string.Create(CultureInfo.InvariantCulture, $"{Around?.Place.Id}{(Around is null ? "" : $".{Around.Repetition}/")}{Index}");

    /// <summary>A repetition, counted from 1, of the group at a place.</summary>
    public sealed record Frame(AutomatonPlace<T> Place, int Repetition);
}
