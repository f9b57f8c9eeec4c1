using System.Runtime.CompilerServices;

namespace Millrace.State;

/// <summary>Key groups, the atoms of keyed state: a key belongs to one for the life of the state, and a task owns a range of them
/// (Flink's <c>KeyGroupRangeAssignment</c>).</summary>
public static class KeyGroups
{
    /// <summary>The key group of a key.</summary>
    /// <param name="hash">Stable hash of the key.</param>
    /// <param name="maxParallelism">Number of key groups, 1 to 32,768.</param>
    /// <returns>A number in [0, <paramref name="maxParallelism"/>).</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int KeyGroupOf(uint hash, int maxParallelism) => (int)(((ulong)hash * (uint)maxParallelism) >> 32);

    /// <summary>The task that owns a key group.</summary>
    /// <param name="keyGroup">The key group.</param>
    /// <param name="maxParallelism">Number of key groups.</param>
    /// <param name="parallelism">Number of tasks, at most <paramref name="maxParallelism"/>.</param>
    /// <returns>The index of the task, in [0, <paramref name="parallelism"/>).</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int TaskOf(int keyGroup, int maxParallelism, int parallelism) => keyGroup * parallelism / maxParallelism;

    /// <summary>The key groups that a task owns.</summary>
    /// <param name="task">Index of the task, in [0, <paramref name="parallelism"/>).</param>
    /// <param name="maxParallelism">Number of key groups.</param>
    /// <param name="parallelism">Number of tasks.</param>
    public static KeyGroupRange RangeOf(int task, int maxParallelism, int parallelism)
    {
        int start = ((task * maxParallelism) + parallelism - 1) / parallelism;
        int end = (((task + 1) * maxParallelism) + parallelism - 1) / parallelism;
        return new KeyGroupRange(start, end);
    }
}
