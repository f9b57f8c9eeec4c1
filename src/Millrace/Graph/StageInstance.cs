using Millrace.Checkpoints;
using Millrace.Errors;
using Millrace.Operators;
using Millrace.Operators.Connectors;
using Millrace.Serialization;

namespace Millrace.Graph;

/// <summary>
/// One running task's chain of operators, free of threads, channels and hosts: a host delivers batches and watermarks at
/// <see cref="Inputs"/> and takes them from the edge outputs it made.
/// <code>
/// Created -> Open -> { deliver, Snapshot, NotifyCheckpointComplete }* -> [Finish] -> Dispose
/// </code>
/// </summary>
internal sealed class StageInstance(
    Stage stage,
    IReadOnlyList<OperatorInstance> operators,
    IReadOnlyList<IInputPort> inputs,
    TaskErrors errors
) : IDisposable
{
    /// <summary>Errors of user code.</summary>
    public TaskErrors Errors => errors;

    public Stage Stage { get; } = stage;

    /// <summary>The operators, each after those that feed it.</summary>
    public IReadOnlyList<OperatorInstance> Operators { get; } = operators;

    /// <summary>One port per <see cref="Graph.Stage.InputEdges"/>.</summary>
    public IReadOnlyList<IInputPort> Inputs { get; } = inputs;

    /// <summary>The head's source driver, in a source stage.</summary>
    public ISourceDriver? Source => Operators[0].Operator as ISourceDriver;

    public void Open(Func<OperatorInstance, OperatorContext> contextOf, Func<string, ISnapshotReader?> restoredOf)
    {
        for (int i = Operators.Count - 1; i >= 0; i--)
        {
            OperatorInstance instance = Operators[i];
            OperatorContext context = contextOf(instance);
            errors.Open(context.TimeProvider, context.LoggerFactory, context.CancellationToken);
            instance.Operator.Setup(context);
            try
            {
                instance.Operator.Open(restoredOf(instance.Uid));
            }
            catch (UnsupportedStateException exception)
            {
                throw new UnsupportedStateException($"Operator '{instance.Name}' (uid '{instance.Uid}'): {exception.Message}", exception);
            }
        }
    }

    /// <summary>Brings everything in flight inside the chain to rest, before a barrier goes on.</summary>
    public void Prepare(long checkpointId)
    {
        foreach (OperatorInstance instance in Operators)
        {
            instance.Operator.PrepareSnapshot(checkpointId);
        }
    }

    /// <summary>Writes the operators' state.</summary>
    public void Snapshot(long checkpointId, Func<string, ISnapshotWriter> writerOf)
    {
        for (int i = 0; i < Operators.Count; i++)
        {
            // A policy can be taken back: a checkpoint knows a dead-letter sink only while there is something to commit.
            if (!Stage.Nodes[i].IsDeadLetterSink || Operators[i].Operator is IConnectorOperator { HasState: true })
            {
                Operators[i].Operator.Snapshot(checkpointId, writerOf(Operators[i].Uid));
            }
        }
    }

    public void NotifyCheckpointComplete(long checkpointId)
    {
        foreach (OperatorInstance instance in Operators)
        {
            instance.Operator.NotifyCheckpointComplete(checkpointId);
        }
    }

    public void Finish()
    {
        foreach (OperatorInstance instance in Operators)
        {
            instance.Operator.Finish();
        }
    }

    public void Flush()
    {
        Source?.Flush();
        foreach (IInputPort input in Inputs)
        {
            input.Flush();
        }
    }

    public void Dispose()
    {
        List<Exception> failures = [];
        foreach (OperatorInstance instance in Operators)
        {
            try
            {
                instance.Operator.Dispose();
            }
#pragma warning disable CA1031 // One operator that cannot close must not keep the connections of the others open.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                failures.Add(failure);
            }
        }

        if (failures.Count > 0)
        {
            throw new AggregateException(
                $"Stage '{Stage.Uid}' could not close {failures.Count} of its {Operators.Count} operators.",
                failures
            );
        }
    }
}

/// <summary>A running operator with its names.</summary>
internal sealed record OperatorInstance(string Uid, string Name, StreamOperator Operator);
