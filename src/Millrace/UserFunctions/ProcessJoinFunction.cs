namespace Millrace.UserFunctions;

/// <summary>Handles the pairs of an interval join (Flink's <c>ProcessJoinFunction</c>).</summary>
/// <typeparam name="TLeft">Type of the left records.</typeparam>
/// <typeparam name="TRight">Type of the right records.</typeparam>
/// <typeparam name="TOut">Type of the results.</typeparam>
public abstract class ProcessJoinFunction<TLeft, TRight, TOut> : RichFunction
{
    /// <summary>Handles a pair.</summary>
    /// <param name="left">The left record.</param>
    /// <param name="right">The right record.</param>
    /// <param name="context">Their timestamps, side outputs; valid during the call.</param>
    /// <param name="output">Takes the results; each has the pair's timestamp.</param>
    public abstract void ProcessElement(TLeft left, TRight right, IJoinContext context, Collector<TOut> output);
}

/// <summary>What a process join function learns about the pair at hand.</summary>
public interface IJoinContext
{
    /// <summary>The timestamp of the left record.</summary>
    long LeftTimestamp { get; }

    /// <summary>The timestamp of the right record.</summary>
    long RightTimestamp { get; }

    /// <summary>The timestamp of the pair: the later of the two.</summary>
    long Timestamp { get; }

    /// <summary>Emits a record to a side output.</summary>
    /// <typeparam name="T">Type of the record.</typeparam>
    /// <param name="tag">The side output.</param>
    /// <param name="value">The record.</param>
    void Output<T>(OutputTag<T> tag, T value);
}

/// <summary>A pair's result as a function of the two.</summary>
internal sealed class SelectingJoinFunction<TLeft, TRight, TOut>(Func<TLeft, TRight, TOut> join) : ProcessJoinFunction<TLeft, TRight, TOut>
{
    public override void ProcessElement(TLeft left, TRight right, IJoinContext context, Collector<TOut> output) =>
        output.Collect(join(left, right));
}
