using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Consuming;

/// <summary>
/// Messages read in one go, still in librdkafka's memory: values and keys are spans into the fetch buffers, nothing is copied or allocated
/// per record.
/// <see cref="Clear"/> (also the next read, also Dispose) gives them back; spans taken earlier are invalid from then on.
/// </summary>
internal sealed unsafe class MessageBatch : IDisposable
{
    private readonly nint[] _messages;
    private readonly nint* _first;

    /// <summary>Creates a batch for up to <paramref name="capacity"/> messages.</summary>
    internal MessageBatch(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _messages = GC.AllocateUninitializedArray<nint>(capacity, pinned: true);
        _first = (nint*)Unsafe.AsPointer(ref _messages[0]);
    }

    /// <summary>Frees messages that were never given back, when a reader died without disposing.</summary>
    [ExcludeFromCodeCoverage]
    ~MessageBatch() => Clear();

    internal int Count { get; private set; }

    internal int Capacity => _messages.Length;

    /// <summary>The message at a position: data when its error is 0, otherwise an event such as the end of a partition.</summary>
    internal RdKafkaMessage* this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (RdKafkaMessage*)_first[index];
    }

    /// <summary>Takes what is queued; waits only while nothing is.</summary>
    /// <returns>Number of messages.</returns>
    internal int Fill(QueueHandle queue, int timeoutMs)
    {
        Clear();

        // librdkafka waits until the batch is full or the time is up. So wait for one message and then take what is there.
        RdKafkaMessage** target = (RdKafkaMessage**)_first;
        nint count = NativeMethods.rd_kafka_consume_batch_queue(queue, timeoutMs, target, 1);
        if (count == 1 && Capacity > 1)
        {
            Count = 1;
            count += NativeMethods.rd_kafka_consume_batch_queue(queue, 0, target + 1, (nuint)(Capacity - 1));
        }

        if (count < 0)
        {
            KafkaErrors.Throw(NativeMethods.rd_kafka_last_error(), "Reading from Kafka");
        }

        return Count = (int)count;
    }

    internal void Clear()
    {
        int count = Count;
        Count = 0;
        for (int i = 0; i < count; i++)
        {
            NativeMethods.rd_kafka_message_destroy((RdKafkaMessage*)_first[i]);
        }
    }

    public void Dispose()
    {
        Clear();
        GC.SuppressFinalize(this);
    }
}
