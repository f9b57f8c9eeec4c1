namespace Millrace.UserFunctions;

/// <summary>Takes what a user function emits (Flink's <c>Collector</c>).</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public abstract class Collector<T>
{
    private protected Collector() { }

    /// <summary>Emits a record with the timestamp of the record or timer being processed.</summary>
    /// <param name="value">The record.</param>
    public abstract void Collect(T value);
}

/// <summary>Names a side output (Flink's <c>OutputTag</c>). Two tags with the same id and type are the same side output.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class OutputTag<T>
{
    /// <summary>Creates a tag.</summary>
    /// <param name="id">Name of the side output, unique in its operator.</param>
    public OutputTag(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        Id = id;
    }

    /// <summary>Name of the side output.</summary>
    public string Id { get; }

    /// <inheritdoc/>
    public override string ToString() => $"OutputTag<{typeof(T).Name}>({Id})";
}
