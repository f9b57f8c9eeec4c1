namespace Millrace.Operators;

/// <summary>Called when processing time has reached a registered timestamp.</summary>
internal interface IProcessingTimeCallback
{
    void OnProcessingTime(long timestamp);
}
