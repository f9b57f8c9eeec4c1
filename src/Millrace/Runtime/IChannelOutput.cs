namespace Millrace.Runtime;

/// <summary>What a task sends on all its edges beside records.</summary>
internal interface IChannelOutput
{
    void BroadcastBarrier(long checkpointId);

    void BroadcastEndOfInput();
}
