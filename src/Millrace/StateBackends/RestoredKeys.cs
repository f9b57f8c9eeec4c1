using Millrace.Serialization;
using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>
/// Keys whose hash is not what it was when they were written: an earlier version hashed unequal bytes of equal keys, an enum has new
/// numbers, text had been damaged. State is kept by key group, so such a key moves to the task that owns its new group, if that task is the
/// one that reads it.
/// </summary>
internal static class RestoredKeys
{
    /// <summary>Whether a key was written in another key group than the one it belongs to now.</summary>
    /// <param name="key">The key.</param>
    /// <param name="hash">Its hash of today.</param>
    /// <param name="group">The key group of the section that holds it.</param>
    /// <param name="range">What the task owns.</param>
    /// <param name="maxParallelism">Number of key groups.</param>
    /// <param name="owner">Name of the state, or uid of the operator.</param>
    /// <exception cref="StateMigrationException">It belongs to another task.</exception>
    public static bool HasMoved<TKey>(TKey key, uint hash, int group, KeyGroupRange range, int maxParallelism, string owner)
    {
        int now = KeyGroups.KeyGroupOf(hash, maxParallelism);
        if (now == group)
        {
            return false;
        }

        if (!range.Contains(now))
        {
            ThrowMoved(key, group, now, range, owner);
        }

        return true;
    }

    public static void ThrowTwice<TKey>(TKey key, string owner) =>
        throw new StateMigrationException(
            $"'{owner}' cannot be restored: key '{key}' is there twice. An earlier version kept apart keys that are equal, such as 1.5 and "
                + "1.50 in a tuple; what belongs to the one of them cannot be added to the other. "
                + "Keep them apart as it did, KeyHashers.Register(KeyHashers.ByBytes<...>()) before the job is built, or give the operator "
                + "another uid to begin anew."
        );

    public static void ThrowMixed(string uid) =>
        throw new StateMigrationException(
            $"Operator '{uid}' cannot be restored: keys have moved to other key groups (their hash or the numbers of an enum changed), and "
                + "a window of the checkpoint had been reported for some groups only, so nobody knows for which of these keys. "
                + "Restore with the version that wrote it and take another savepoint."
        );

    private static void ThrowMoved<TKey>(TKey key, int group, int now, KeyGroupRange range, string owner) =>
        throw new StateMigrationException(
            $"'{owner}' cannot be restored by this task: Key '{key}' was written in key group {group} and belongs to {now} now, outside of "
                + $"{range.Start} to {range.End - 1}: the hash of its type, the numbers of an enum or "
                + "the code of its hasher have changed. Restore once with parallelism 1, take a savepoint, and restore that with the "
                + "parallelism you want."
        );
}
