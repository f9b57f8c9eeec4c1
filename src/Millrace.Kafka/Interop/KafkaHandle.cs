using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

/// <summary>
/// Owns one <c>rd_kafka_t</c>. Queues taken from it keep it alive (<see cref="QueueHandle"/>), so it is always destroyed last.
/// </summary>
internal sealed class KafkaHandle : SafeHandle
{
    // Closing a consumer waits for its group; that is RawConsumer.Dispose's task, never a finalizer's.
    private const int DestroyWithoutConsumerClose = 0x8;

    private GCHandle _callbacks;

    internal KafkaHandle(nint client, GCHandle callbacks)
        : base(0, ownsHandle: true)
    {
        _callbacks = callbacks;
        SetHandle(client);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.rd_kafka_destroy_flags(handle, DestroyWithoutConsumerClose);
        if (_callbacks.IsAllocated)
        {
            _callbacks.Free();
        }

        return true;
    }
}
