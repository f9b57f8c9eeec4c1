using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Entities;

namespace Millrace.Functions.Tests.Runner;

/// <summary>One operation as an entity gets it.</summary>
internal sealed class RunnerOperation(RunnerMessage message, RunnerEntityContext context, RunnerEntityState state) : TaskEntityOperation
{
    public override string Name => message.Operation;

    public override TaskEntityContext Context => context;

    public override TaskEntityState State => state;

    public override bool HasInput => message.Input is not null;

    public override object? GetInput(Type inputType) => JsonDataConverter.Default.Deserialize(message.Input, inputType);
}
