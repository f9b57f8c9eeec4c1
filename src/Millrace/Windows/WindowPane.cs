using Millrace.State;

namespace Millrace.Windows;

/// <summary>One open window over all keys of a task.</summary>
internal sealed class WindowPane<TKey, TAcc>(IKeyHasher<TKey> hasher)
    where TKey : notnull
{
    public long Start { get; set; }

    /// <summary>Whether the watermark has passed the window's end; records that come now are late but allowed, and fire at once.</summary>
    public bool Fired { get; set; }

    /// <summary>
    /// Key groups whose tasks had fired the window when a checkpoint was taken, while others had not: their watermarks were apart.
    /// <see langword="null"/> where all are alike.
    /// </summary>
    public HashSet<int>? FiredGroups { get; set; }

    public KeyTable<TKey, TAcc> Table { get; } = new(hasher);

    /// <summary>Whether the window has fired for the keys with this hash.</summary>
    public bool HasFired(uint hash, int maxParallelism) =>
        Fired || (FiredGroups is not null && HasFiredGroup(KeyGroups.KeyGroupOf(hash, maxParallelism)));

    public bool HasFiredGroup(int keyGroup) => Fired || FiredGroups?.Contains(keyGroup) == true;
}
