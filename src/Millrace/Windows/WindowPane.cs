using Millrace.State;

namespace Millrace.Windows;

/// <summary>One open window over all keys of a task.</summary>
internal sealed class WindowPane<TKey, TAcc>(IKeyHasher<TKey> hasher)
    where TKey : notnull
{
    public long Start { get; set; }

    /// <summary>Whether the watermark has passed the window's end; records that come now are late but allowed, and fire at once.</summary>
    public bool Fired { get; set; }

    public KeyTable<TKey, TAcc> Table { get; } = new(hasher);
}
