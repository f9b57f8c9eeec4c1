namespace Millrace.State;

/// <summary>What starts a value's life again.</summary>
public enum TtlUpdateType
{
    /// <summary>Its creation and every write.</summary>
    OnCreateAndWrite,

    /// <summary>Every write and every read.</summary>
    OnReadAndWrite,
}
