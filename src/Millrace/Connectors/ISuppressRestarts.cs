namespace Millrace.Connectors;

/// <summary>An exception that knows whether another attempt can do better.</summary>
public interface ISuppressRestarts
{
    /// <summary>Whether the job must not be run again by itself: what failed stays as it is until somebody changes it.</summary>
    bool SuppressesRestarts { get; }
}
