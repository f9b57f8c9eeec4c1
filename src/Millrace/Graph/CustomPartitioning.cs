using Millrace.Batches;
using Millrace.Errors;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>The user picks the target of each record.</summary>
internal sealed class CustomPartitioning<TKey, T>(Func<TKey, int, int> partitioner, Func<T, TKey> selector) : Partitioning<T>
{
    public override string Name => "custom";

    public override IInput<T> CreateRouter(IEdgeOutput<T> output, int taskIndex, int maxParallelism, OperatorErrors errors) =>
        new CustomRouter(output, partitioner, selector, errors);

    private sealed class CustomRouter(
        IEdgeOutput<T> output,
        Func<TKey, int, int> partitioner,
        Func<T, TKey> selector,
        OperatorErrors errors
    ) : Router<T>(output, errors)
    {
        public override void OnBatch(RecordBatch<T> batch)
        {
            ReadOnlySpan<T> values = batch.Values;
            ReadOnlySpan<long> timestamps = batch.Timestamps;
            int i = 0;
            while (i < values.Length)
            {
                try
                {
                    for (; i < values.Length; i++)
                    {
                        int target = partitioner(selector(values[i]), Targets);
                        if ((uint)target >= (uint)Targets)
                        {
                            Throw(target);
                        }

                        RecordBatch<T> destination = BatchOf(target);
                        destination.Add(values[i], timestamps[i]);
                        SendIfFull(target, destination);
                    }
                }
                catch (Exception failure) when (IsOwn(failure))
                {
                    Errors.OnRecord(failure, values[i], timestamps[i], i);
                    i++;
                }
            }
        }

        private void Throw(int target) =>
            throw new InvalidOperationException(
                $"The partitioner of PartitionCustom returned {target}, expected a task index in [0, {Targets}); use the number of "
                    + "partitions it is given."
            );
    }
}
