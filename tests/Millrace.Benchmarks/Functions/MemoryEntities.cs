using Microsoft.DurableTask;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Entities;
using Millrace.Durable.Apps;
using Millrace.Functions;
using Millrace.Functions.Tasks;
using Millrace.Functions.Tests.Runner;

namespace Millrace.Benchmarks.Functions;

/// <summary>
/// Entities in memory: messages and states are the JSON text that the durable extension would store, nothing is sent anywhere.
/// </summary>
internal sealed class MemoryEntities : DurableEntityClient
{
    /// <summary>Operations that one batch of an entity takes, as on the host with its queue's batches of 32.</summary>
    private const int MaxBatch = 32;
    private readonly Lock _lock = new();
    private readonly Dictionary<EntityInstanceId, Queue<RunnerMessage>> _inboxes = [];
    private readonly Dictionary<EntityInstanceId, string?> _states = [];

    public MemoryEntities()
        : base("memory") { }

    /// <summary>Lengths of the JSON text of messages with envelopes.</summary>
    public List<int> MessageSizes { get; } = [];

    /// <summary>Operations that records cause; ticks are paid by time.</summary>
    public long Operations { get; private set; }

    public int LargestState { get; private set; }

    public void Reset()
    {
        MessageSizes.Clear();
        Operations = 0;
        LargestState = 0;
    }

    public override Task SignalEntityAsync(
        EntityInstanceId id,
        string operationName,
        object? input = null,
        SignalEntityOptions? options = null,
        CancellationToken cancellation = default
    )
    {
        Enqueue(new RunnerMessage(0, id, operationName, JsonDataConverter.Default.Serialize(input)));
        return Task.CompletedTask;
    }

    /// <summary>Runs batches until no message is left.</summary>
    public async Task RunAsync(TaskFunction function)
    {
        while (_inboxes.FirstOrDefault(entry => entry.Value.Count > 0).Value is { } inbox)
        {
            EntityInstanceId id = inbox.Peek().Target;
            RunnerEntityContext context = new(id);
            RunnerEntityState state = new(_states.GetValueOrDefault(id));
            RunnerMessage[] batch = Take(inbox);
            RunnerFunctionContext invocation = new("millrace", CancellationToken.None);
            EntityBatchSize.Set(invocation, batch.Length);
            using (EntityBatch run = function.CreateBatch(invocation))
            {
                TaskEntity entity = new(run);
                foreach (RunnerMessage message in batch)
                {
                    await entity.RunAsync(new RunnerOperation(message, context, state));
                }

                run.ThrowIfIncomplete();
            }

            _states[id] = state.Content;
            LargestState = Math.Max(LargestState, state.Content!.Length);
            context.Outgoing.ForEach(Enqueue);
        }
    }

    public override Task<EntityMetadata<T>?> GetEntityAsync<T>(
        EntityInstanceId id,
        bool includeState = true,
        CancellationToken cancellation = default
    ) => throw new NotSupportedException();

    public override Task<EntityMetadata?> GetEntityAsync(
        EntityInstanceId id,
        bool includeState = true,
        CancellationToken cancellation = default
    ) => throw new NotSupportedException();

    public override AsyncPageable<EntityMetadata> GetAllEntitiesAsync(EntityQuery? filter = null) => throw new NotSupportedException();

    public override AsyncPageable<EntityMetadata<T>> GetAllEntitiesAsync<T>(EntityQuery? filter = null) =>
        throw new NotSupportedException();

    public override Task<CleanEntityStorageResult> CleanEntityStorageAsync(
        CleanEntityStorageRequest? request = null,
        bool continueUntilComplete = true,
        CancellationToken cancellation = default
    ) => throw new NotSupportedException();

    private RunnerMessage[] Take(Queue<RunnerMessage> inbox)
    {
        lock (_lock)
        {
            RunnerMessage[] batch = new RunnerMessage[Math.Min(MaxBatch, inbox.Count)];
            for (int i = 0; i < batch.Length; i++)
            {
                batch[i] = inbox.Dequeue();
            }

            return batch;
        }
    }

    private void Enqueue(RunnerMessage message)
    {
        lock (_lock)
        {
            if (!_inboxes.TryGetValue(message.Target, out Queue<RunnerMessage>? inbox))
            {
                _inboxes.Add(message.Target, inbox = new Queue<RunnerMessage>());
            }

            inbox.Enqueue(message);
            Operations += message.Operation == "progress" ? 0 : 1;
            if (message.Operation == "envelope")
            {
                MessageSizes.Add(message.Input!.Length);
            }
        }
    }
}
