using Microsoft.DurableTask.Entities;
using Millrace.Durable.Apps;
using Millrace.Functions.Tasks;

namespace Millrace.Functions.Tests.Runner;

/// <summary>
/// Runs batches of entities as the durable extension does: its order of saving, its shim's rollbacks, and what it forgets.
/// </summary>
internal sealed class RunnerEntityHost(RunnerInstance instance, RunnerOptions options, RunnerStore store)
{
    private long _batches;

    /// <summary>Batches that were taken and came to nothing.</summary>
    public long LostBatches { get; private set; }

    /// <summary>Batches that were taken.</summary>
    public long Batches => Volatile.Read(ref _batches);

    /// <summary>How often states were serialized, and for how many operations.</summary>
    public long StateWrites { get; private set; }

    public long Operations { get; private set; }

    /// <summary>Runs a batch of one entity; false when there is none.</summary>
    public async Task<bool> RunAsync()
    {
        if (store.Take(options.MaxOperations) is not var (id, state, etag, batch))
        {
            return false;
        }

        Interlocked.Increment(ref _batches);
        try
        {
            RunnerEntityContext context = new(id);
            RunnerEntityState entityState = new(state);
            if (await TryOperateAsync(batch, context, entityState) && !options.LosesBatch(id))
            {
                Commit(id, etag, batch, context, entityState);
            }
            else
            {
                // The durable extension calls the operations failed: they are gone, the state stays.
                instance.Step();
                store.Delete(id, batch);
                LostBatches++;
            }
        }
        finally
        {
            store.Release(id);
        }

        return true;
    }

    // As the framework's shim: what an operation that throws has done is undone, the others count; unless the function throws too.
    private async Task<bool> TryOperateAsync(RunnerMessage[] batch, RunnerEntityContext context, RunnerEntityState state)
    {
        RunnerFunctionContext invocation = new("millrace", instance.Stopping);
        if (options.KnowsBatchSizes)
        {
            EntityBatchSize.Set(invocation, batch.Length);
        }

        using EntityBatch run = new TaskFunction(instance.Registry).CreateBatch(invocation);
        TaskEntity entity = new(run);
        foreach (RunnerMessage message in batch)
        {
            instance.Step();
            try
            {
                await entity.RunAsync(new RunnerOperation(message, context, state));
                state.Commit();
                context.Commit();
            }
            catch (Exception exception) when (!instance.IsKilled)
            {
                options.Logs.Note($"An operation failed: {exception}");
                state.Rollback();
                context.Rollback();
            }
        }

        StateWrites += state.Writes;
        Operations += batch.Length;
        try
        {
            run.ThrowIfIncomplete();
            return true;
        }
        catch (Exception exception)
        {
            options.Logs.Note($"A batch failed: {exception.Message}");
            return false;
        }
    }

    // Outgoing messages, then the state, then the inputs: a death in between runs the batch again.
    private void Commit(EntityInstanceId id, long etag, RunnerMessage[] batch, RunnerEntityContext context, RunnerEntityState state)
    {
        instance.Step();
        store.Enqueue(context.Outgoing);
        instance.Step();
        if (store.Save(id, etag, state.Content))
        {
            instance.Step();
            store.Delete(id, batch);
        }
    }
}
