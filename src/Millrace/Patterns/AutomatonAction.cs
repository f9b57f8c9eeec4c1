namespace Millrace.Patterns;

/// <summary>What a transition does with the event.</summary>
internal enum AutomatonAction
{
    /// <summary>Takes it.</summary>
    Take,

    /// <summary>Passes over it.</summary>
    Ignore,

    /// <summary>Lets another state look at it.</summary>
    Proceed,
}
