namespace Millrace.Patterns;

/// <summary>What was passed on the way from an event to the next while a pattern is compiled.</summary>
internal sealed record AutomatonPath(int[] Stops, int[] FirstStops, int[] Guards)
{
    public static AutomatonPath Empty { get; } = new([], [], []);
}
