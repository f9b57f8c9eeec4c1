namespace Millrace.Windows;

/// <summary>What a trigger decides.</summary>
[Flags]
public enum TriggerResult
{
    /// <summary>Nothing.</summary>
    Continue = 0,

    /// <summary>Evaluate the window and emit its result; its contents stay.</summary>
    Fire = 1,

    /// <summary>Drop the window's contents without emitting anything.</summary>
    Purge = 2,

    /// <summary>Evaluate the window, emit its result and drop its contents.</summary>
    FireAndPurge = Fire | Purge,
}
