namespace Millrace.State;

/// <summary>
/// State of the current key (and window). Touch it only from within the function that it was got for: it always means the key being
/// processed.
/// </summary>
public interface IState
{
    /// <summary>Removes the state of the current key.</summary>
    void Clear();
}
