using Millrace.Patterns;

namespace Millrace.Api;

/// <summary>
/// Pattern matching on streams (Flink CEP), in event time unless <c>InProcessingTime</c> says otherwise.
/// <code>
/// CEP.Pattern(logins.KeyBy(login => login.User), pattern).Select(match => new Alert(match["failed"][0].User)).WithUid("alerts");
/// </code>
/// </summary>
public static class CEP
{
    /// <summary>Looks for a pattern in the events of each key.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <typeparam name="T">Type of the events.</typeparam>
    /// <param name="input">The events.</param>
    /// <param name="pattern">The pattern.</param>
    /// <param name="comparer">Order of events of one timestamp; <see langword="null"/> = as they come.</param>
    /// <exception cref="MalformedPatternException">The pattern makes no sense; the message lists all errors.</exception>
    public static PatternStream<TKey, T> Pattern<TKey, T>(KeyedStream<TKey, T> input, Pattern<T> pattern, IComparer<T>? comparer = null)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pattern);
        return new PatternStream<TKey, T>(input, AutomatonCompiler<T>.Compile(pattern), comparer);
    }

    /// <summary>Looks for a pattern in all events, in one task.</summary>
    /// <typeparam name="T">Type of the events.</typeparam>
    /// <param name="input">The events.</param>
    /// <param name="pattern">The pattern.</param>
    /// <param name="comparer">Order of events of one timestamp; <see langword="null"/> = as they come.</param>
    /// <exception cref="MalformedPatternException">The pattern makes no sense; the message lists all errors.</exception>
    public static PatternStream<byte, T> Pattern<T>(DataStream<T> input, Pattern<T> pattern, IComparer<T>? comparer = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Pattern(input.KeyBy(static _ => (byte)0), pattern, comparer);
    }
}
