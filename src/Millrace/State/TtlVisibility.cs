namespace Millrace.State;

/// <summary>Whether expired values can be seen.</summary>
public enum TtlVisibility
{
    /// <summary>An expired value is gone at once.</summary>
    NeverReturnExpired,

    /// <summary>An expired value may be returned as long as it has not been cleaned up.</summary>
    ReturnExpiredIfNotCleanedUp,
}
