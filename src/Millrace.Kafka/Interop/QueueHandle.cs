using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

/// <summary>
/// Owns one reference to an <c>rd_kafka_queue_t</c>. librdkafka wants queues destroyed before their client, so it holds the client.
/// </summary>
internal sealed class QueueHandle : SafeHandle
{
    private readonly KafkaHandle _client;
    private readonly bool _holdsClient;

    private QueueHandle(KafkaHandle client)
        : base(0, ownsHandle: true)
    {
        client.DangerousAddRef(ref _holdsClient);
        _client = client;
    }

    public override bool IsInvalid => handle == 0;

    internal static QueueHandle OfConsumer(KafkaHandle client)
    {
        QueueHandle queue = new(client);
        queue.SetHandle(NativeMethods.rd_kafka_queue_get_consumer(client));
        return queue;
    }

    internal static QueueHandle Main(KafkaHandle client)
    {
        QueueHandle queue = new(client);
        queue.SetHandle(NativeMethods.rd_kafka_queue_get_main(client));
        return queue;
    }

    protected override bool ReleaseHandle()
    {
        NativeMethods.rd_kafka_queue_destroy(handle);
        if (_holdsClient)
        {
            _client.DangerousRelease();
        }

        return true;
    }
}
