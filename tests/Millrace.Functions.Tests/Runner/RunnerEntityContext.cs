using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Entities;

namespace Millrace.Functions.Tests.Runner;

/// <summary>Collects what a batch sends; it leaves before the state is saved.</summary>
internal sealed class RunnerEntityContext(EntityInstanceId id) : TaskEntityContext
{
    public List<RunnerMessage> Outgoing { get; } = [];

    private int _committed;

    public override EntityInstanceId Id => id;

    public void Commit() => _committed = Outgoing.Count;

    public void Rollback() => Outgoing.RemoveRange(_committed, Outgoing.Count - _committed);

    public override void SignalEntity(
        EntityInstanceId id,
        string operationName,
        object? input = null,
        SignalEntityOptions? options = null
    ) => Outgoing.Add(new RunnerMessage(0, id, operationName, JsonDataConverter.Default.Serialize(input)));

    public override string ScheduleNewOrchestration(TaskName name, object? input = null, StartOrchestrationOptions? options = null) =>
        throw new NotSupportedException();
}
