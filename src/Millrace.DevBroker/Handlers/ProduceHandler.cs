using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.DevBroker.Storage;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>Appends batches. With fsync it answers once they are on the disk; otherwise at once.</summary>
internal sealed class ProduceHandler(BrokerServices services) : ApiHandler<Produce.Request, Produce.Response>
{
    private const short NoAnswer = 0;

    public override bool IsAnswered(IMessage request) => ((Produce.Request)request).Acks != NoAnswer;

    public override ValueTask<Produce.Response?> HandleAsync(Produce.Request request, RequestContext context)
    {
        if (request.Acks is < -1 or > 1)
        {
            return new(Fail(request, ErrorCode.InvalidRequiredAcks));
        }

        if (services.Faults.DiskDelay > TimeSpan.Zero)
        {
            return AppendSlowlyAsync(request, services.Faults.DiskDelay, context);
        }

        Produce.Response response = Append(request, out List<Task>? durable);
        return durable is null ? new(Answer(request, response)) : WaitAsync(request, response, durable, context);
    }

    public override Produce.Response Fail(Produce.Request request, ErrorCode error)
    {
        Produce.Response response = new();
        foreach (TopicOf<Produce.Partition> topic in request.Topics!)
        {
            TopicOf<Produce.PartitionResult> result = new() { Name = topic.Name };
            foreach (Produce.Partition partition in topic.Partitions!)
            {
                result.Partitions!.Add(Result(partition.Index, AppendResult.Failed(error, error.ToString()), -1));
            }

            response.Topics!.Add(result);
        }

        return response;
    }

    private static Produce.Response? Answer(Produce.Request request, Produce.Response response)
    {
        if (request.Acks != NoAnswer)
        {
            return response;
        }

        foreach (TopicOf<Produce.PartitionResult> topic in response.Topics!)
        {
            foreach (Produce.PartitionResult partition in topic.Partitions!)
            {
                if (partition.Error != ErrorCode.None)
                {
                    throw new ProtocolException(
                        $"{topic.Name}-{partition.Index} refused a batch that nobody waits for ({partition.Error}); closing is the only "
                            + "way to tell."
                    );
                }
            }
        }

        return null;
    }

    private static Produce.PartitionResult Result(int index, in AppendResult appended, long logStart) =>
        new()
        {
            Index = index,
            Error = appended.Error,
            BaseOffset = appended.BaseOffset,
            LogAppendTimeMs = appended.LogAppendTime,
            LogStartOffset = logStart,
            ErrorMessage = appended.Message,
        };

    private async ValueTask<Produce.Response?> AppendSlowlyAsync(Produce.Request request, TimeSpan delay, RequestContext context)
    {
        await Task.Delay(delay, services.Time, context.Closed).ConfigureAwait(false);
        Produce.Response response = Append(request, out List<Task>? durable);
        return durable is null ? Answer(request, response) : await WaitAsync(request, response, durable, context).ConfigureAwait(false);
    }

    private Produce.Response Append(Produce.Request request, out List<Task>? durable)
    {
        durable = null;
        Produce.Response response = new();
        foreach (TopicOf<Produce.Partition> topic in request.Topics!)
        {
            TopicOf<Produce.PartitionResult> result = new() { Name = topic.Name, Partitions = new(topic.Partitions!.Count) };
            foreach (Produce.Partition partition in topic.Partitions)
            {
                if (services.Topics.Locate(topic.Name, partition.Index, out Topics.Partition? found) is var missing and not ErrorCode.None)
                {
                    result.Partitions.Add(
                        Result(
                            partition.Index,
                            AppendResult.Failed(missing, $"There is no partition {topic.Name}-{partition.Index} here."),
                            -1
                        )
                    );
                    continue;
                }

                AppendResult appended = Append(request, topic.Name, partition, found.Log);
                result.Partitions.Add(Result(partition.Index, appended, appended.Error == ErrorCode.None ? found.Log.LogStartOffset : -1));
                if (appended.Error != ErrorCode.None)
                {
                    continue;
                }

                ValueTask flushed = found.Log.WhenDurableAsync(appended.EndOffset);
                if (!flushed.IsCompletedSuccessfully)
                {
                    (durable ??= []).Add(flushed.AsTask());
                }
            }

            response.Topics!.Add(result);
        }

        return response;
    }

    private AppendResult Append(Produce.Request request, string topic, in Produce.Partition partition, PartitionLog log)
    {
        Span<byte> batch = partition.Records.Bytes.GetValueOrDefault().Span;
        if (request.TransactionalId is not { } transactionalId || services.TransactionGuard is not { } guard)
        {
            return log.Append(batch);
        }

        int index = partition.Index;
        return log.Append(batch, header => guard.Check(transactionalId, header.ProducerId, header.ProducerEpoch, topic, index));
    }

    private async ValueTask<Produce.Response?> WaitAsync(
        Produce.Request request,
        Produce.Response response,
        List<Task> durable,
        RequestContext context
    )
    {
        try
        {
            await Task.WhenAll(durable).WaitAsync(context.Closed).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // What is not on the disk must not be acknowledged; the producer sends it again and the repeat is recognised.
            return Answer(request, Fail(request, ErrorCode.KafkaStorageError));
        }

        return Answer(request, response);
    }
}
