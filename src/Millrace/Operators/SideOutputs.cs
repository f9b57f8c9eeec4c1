using Millrace.UserFunctions;

namespace Millrace.Operators;

/// <summary>
/// The side outputs of one operator, by the tag's id. A tag that nobody reads has no output and its records are dropped, as in Flink.
/// </summary>
internal sealed class SideOutputs
{
    private readonly Dictionary<string, ISideOutput> _outputs = new(StringComparer.Ordinal);

    public bool IsEmpty => _outputs.Count == 0;

    public void Add<T>(string tag, OperatorOutput<T> output) => _outputs.Add(tag, output);

    /// <summary>The output of a tag, or <see langword="null"/> when nobody reads it. Look it up once, not per record.</summary>
    public OperatorOutput<T>? Find<T>(string tag) =>
        _outputs.TryGetValue(tag, out ISideOutput? output)
            ? output as OperatorOutput<T>
                ?? throw new InvalidOperationException(
                    $"Side output '{tag}' is read as {output.ElementType} but written as {typeof(T)}; use one OutputTag for both."
                )
            : null;

    public bool IsDelivering
    {
        get
        {
            foreach (ISideOutput output in _outputs.Values)
            {
                if (output.IsDelivering)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Forgets what has been collected and not been handed over.</summary>
    public void Discard()
    {
        foreach (ISideOutput output in _outputs.Values)
        {
            output.Discard(0);
        }
    }

    /// <summary>Hands over what has been collected, at the end of a batch.</summary>
    public void EmitBuffered()
    {
        foreach (ISideOutput output in _outputs.Values)
        {
            output.EmitBuffered();
        }
    }

    public void EmitWatermark(long watermark)
    {
        foreach (ISideOutput output in _outputs.Values)
        {
            output.EmitWatermark(watermark);
        }
    }

    public void EmitIdle(bool idle)
    {
        foreach (ISideOutput output in _outputs.Values)
        {
            output.EmitIdle(idle);
        }
    }

    public void Flush()
    {
        foreach (ISideOutput output in _outputs.Values)
        {
            output.FlushAll();
        }
    }
}

/// <summary>The untyped face of an output.</summary>
internal interface ISideOutput
{
    Type ElementType { get; }

    /// <summary>Whether records are being handed on: an exception then comes from there.</summary>
    bool IsDelivering { get; }

    void EmitBuffered();

    /// <summary>Forgets what has been collected behind the first <paramref name="kept"/> records and not been handed over.</summary>
    void Discard(int kept);

    void EmitWatermark(long watermark);

    void EmitIdle(bool idle);

    void FlushAll();
}

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
