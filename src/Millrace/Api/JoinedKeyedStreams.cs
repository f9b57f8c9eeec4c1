using Millrace.Windows;

namespace Millrace.Api;

/// <summary>Two streams to be joined, with keys.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="T1">Type of the first stream's records.</typeparam>
/// <typeparam name="T2">Type of the second stream's records.</typeparam>
public sealed class JoinedKeyedStreams<TKey, T1, T2>
    where TKey : notnull
{
    private readonly KeyedStream<TKey, Tagged<T1, T2>> _both;

    internal JoinedKeyedStreams(KeyedStream<TKey, Tagged<T1, T2>> both) => _both = both;

    /// <summary>Gives the windows in which records meet.</summary>
    /// <typeparam name="TWindow">Type of the windows.</typeparam>
    /// <param name="assigner">The assigner.</param>
    public JoinedWindowedStreams<TKey, T1, T2, TWindow> Window<TWindow>(WindowAssigner<TWindow> assigner)
        where TWindow : struct, IWindow => new(_both.Window(assigner));
}
