using Millrace.Processing;

namespace Millrace.Operators;

/// <summary>Emits to side outputs, looking up the one that was used last only once.</summary>
internal sealed class SideOutputCache(SideOutputs outputs)
{
    private object? _lastTag;
    private ISideOutput? _lastOutput;

    public void Emit<T>(OutputTag<T> tag, T value, long timestamp)
    {
        ArgumentNullException.ThrowIfNull(tag);
        if (!ReferenceEquals(tag, _lastTag))
        {
            _lastOutput = outputs.Find<T>(tag.Id);
            _lastTag = tag;
        }

        ((OperatorOutput<T>?)_lastOutput)?.Collect(value, timestamp);
    }
}
