using Millrace.Time;

namespace Millrace.UserFunctions;

/// <summary>Side outputs of watermark strategies.</summary>
public static class WatermarkStrategyExtensions
{
    /// <summary>
    /// Sends the records that <see cref="WatermarkStrategy{T}.WithMaxTimestampAdvance"/> or
    /// <see cref="WatermarkStrategy{T}.WithMaxTimestampAheadOfClock"/> does not believe to a side output; they are no longer in the stream.
    /// Read it with <c>GetSideOutput</c> on the stream that has the strategy. Call it after those.
    /// <para>Not for sources on Azure Functions, where the job is refused: an envelope that was lost is made again there from the topic,
    /// after more records than at first, and the records of either output must not depend on that. Without a side output the guard works
    /// there too.</para>
    /// </summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <param name="strategy">The strategy.</param>
    /// <param name="tag">The side output.</param>
    /// <exception cref="InvalidOperationException">The strategy believes all timestamps.</exception>
    public static WatermarkStrategy<T> WithSideOutputAheadData<T>(this WatermarkStrategy<T> strategy, OutputTag<T> tag)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        ArgumentNullException.ThrowIfNull(tag);
        return strategy.WithGuardOutput(tag.Id);
    }
}
