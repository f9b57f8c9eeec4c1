namespace Millrace.Patterns;

/// <summary>What partial matches a match takes with it.</summary>
internal enum SkipKind
{
    NoSkip,
    ToNext,
    PastLastEvent,
    ToFirst,
    ToLast,
}
