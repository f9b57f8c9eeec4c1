namespace Millrace.Errors;

/// <summary>What is done about a record that a function threw for.</summary>
public enum UserCodeErrorAction
{
    /// <summary>The run fails.</summary>
    Fail,

    /// <summary>The record is left out.</summary>
    Skip,

    /// <summary>The record is left out, and a letter about it is written.</summary>
    DeadLetter,
}
