using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Entities;

namespace Millrace.Functions.Tests.Runner;

/// <summary>The state of an entity during a batch, serialized as the framework does.</summary>
internal sealed class RunnerEntityState(string? state) : TaskEntityState
{
    private string? _committed = state;

    public string? Content { get; private set; } = state;

    public override bool HasState => Content is not null;

    public override object? GetState(Type type) => JsonDataConverter.Default.Deserialize(Content, type);

    /// <summary>How often it was serialized.</summary>
    public int Writes { get; private set; }

    public override void SetState(object? state)
    {
        Writes++;
        Content = JsonDataConverter.Default.Serialize(state);
    }

    public void Commit() => _committed = Content;

    public void Rollback() => Content = _committed;
}
