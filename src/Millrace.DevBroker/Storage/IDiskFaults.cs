namespace Millrace.DevBroker.Storage;

/// <summary>Lets tests break the disk.</summary>
internal interface IDiskFaults
{
    /// <summary>Throws as a full disk would.</summary>
    void ThrowIfFull();
}
