namespace Millrace.Patterns;

/// <summary>A transition; possible when the table has the bit of the outcome of the stage's conditions.</summary>
internal readonly record struct AutomatonTransition(AutomatonAction Action, int Target, int Stage, byte Table);
